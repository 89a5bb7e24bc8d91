import fc from 'fast-check';
import { poolsOf, priceOf } from './price.js';

describe('priceOf', () => {
  test('is the price of the product unless the minima need more', () => {
    expect(priceOf(1000n, [100n, 600n], 7000)).toBe(1000n);
    expect(priceOf(1000n, [100n, 601n], 7000)).toBe(1002n);
    expect(priceOf(0n, [], 1)).toBe(0n);
    expect(priceOf(0n, [1n], 1)).toBe(10_000n);
  });

  test('is the least whole price whose part for contributors covers the minima', () => {
    const minima = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 6 });
    const bps = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(minima, bps, (entries, contributorsBps) => {
        const price = priceOf(0n, entries, contributorsBps);
        const needed = entries.reduce((sum, minimum) => sum + minimum, 0n) * 10_000n;
        expect(price * BigInt(contributorsBps) >= needed).toBe(true);
        expect(price === 0n || (price - 1n) * BigInt(contributorsBps) < needed).toBe(true);
        const rest = 10_000 - contributorsBps;
        const split = { contributorsBps, keyholdersBps: rest, operatorBps: 0, subsidyFundBps: 0 };
        expect(poolsOf(price, split).contributors * 10_000n >= needed).toBe(true);
      }),
    );
  });
});

describe('poolsOf', () => {
  const split = {
    contributorsBps: 7000,
    keyholdersBps: 1500,
    operatorBps: 1000,
    subsidyFundBps: 500,
  };

  test('splits as agreed, to the unit', () => {
    expect(poolsOf(1000n, split)).toEqual({
      contributors: 700n,
      keyholders: 150n,
      operator: 100n,
      subsidyFund: 50n,
    });
    // 7.7, 1.65, 1.1, 0.55: the rests of contributors and keyholders are the largest.
    expect(poolsOf(11n, split)).toEqual({
      contributors: 8n,
      keyholders: 2n,
      operator: 1n,
      subsidyFund: 0n,
    });
  });

  test('refuses a split that is not the whole', () => {
    expect(() => poolsOf(1000n, { ...split, operatorBps: 999 })).toThrow('add up');
    expect(() => poolsOf(1000n, { ...split, operatorBps: 1001 })).toThrow('add up');
  });
});
