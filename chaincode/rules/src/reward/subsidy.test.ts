import { memberIdSchema } from '@veilsum/protocol';
import fc from 'fast-check';
import {
  isPriceSupported,
  priceSupport,
  priceSupportOutcome,
  topUps,
  topUpsWanted,
} from './subsidy.js';

const smallMembers = { priceBps: 7500, priceSupportMax: '400', topUpBps: 2000, topUpMax: '30' };
const terms = (fundHolds: bigint) => ({ smallMembers, fundHolds });
const id = (name: string) => memberIdSchema.parse(name);
const share = (name: string, amount: bigint, ownQuery = false) => ({
  memberId: id(name),
  share: amount,
  ownQuery,
});

describe('price support', () => {
  it('is for small payers under a scheme with a reduced price', () => {
    const scheme = { smallMembers };
    expect(isPriceSupported({ size: 'small' }, scheme)).toBe(true);
    expect(isPriceSupported({ size: 'large' }, scheme)).toBe(false);
    expect(isPriceSupported({ size: 'small' }, undefined)).toBe(false);
    const full = { smallMembers: { ...smallMembers, priceBps: 10_000 } };
    expect(isPriceSupported({ size: 'small' }, full)).toBe(false);
  });

  it.each<[bigint, bigint, bigint]>([
    [1000n, 1000n, 250n],
    [1001n, 1000n, 250n],
    [1600n, 1000n, 400n],
    [1604n, 1000n, 400n],
    [1000n, 250n, 250n],
    [1000n, 249n, 249n],
    [1000n, 0n, 0n],
    [3n, 1000n, 0n],
    [4n, 1000n, 1n],
  ])('of %i with %i in the fund is %i', (price, fund, expected) => {
    expect(priceSupport(price, terms(fund))).toBe(expected);
  });

  it('is nothing for everyone else', () => {
    expect(priceSupport(1000n, undefined)).toBe(0n);
  });

  it.each<[bigint, bigint, RegExp]>([
    [1000n, 1000n, /^The subsidy fund adds 250 to the price of 1000; 750 are yours\.$/],
    [1000n, 250n, /adds 250 to the price/],
    [1000n, 100n, /adds its last 100 of the 250 that the scheme gives; 900 are yours/],
    [1000n, 0n, /fund is empty, so the whole price of 1000 is yours/],
    [3n, 0n, /too small for the fund to add anything/],
  ])('of %i with %i in the fund is explained', (price, fund, sentence) => {
    const outcome = priceSupportOutcome(price, terms(fund));
    expect(outcome).toMatchObject({ rule: 'price-support', passed: true });
    expect(outcome.sentence).toMatch(sentence);
    expect(outcome.inputs).toMatchObject({
      price: String(price),
      support: String(priceSupport(price, terms(fund))),
    });
  });
});

describe('top-ups', () => {
  const shares = [share('m-a', 100n), share('m-b', 200n), share('m-c', 100n, true)];

  it('are paid up to the cap, and not for a query of the own legal entity', () => {
    expect(topUpsWanted(shares, smallMembers)).toBe(50n);
    expect(topUps(shares, smallMembers, 50n)).toEqual([
      { memberId: 'm-a', share: '100', amount: '20', reason: 'paid' },
      { memberId: 'm-b', share: '200', amount: '30', reason: 'capped' },
      { memberId: 'm-c', share: '100', amount: '0', reason: 'own-query' },
    ]);
  });

  it('divide what the fund holds when that is too little', () => {
    expect(topUps(shares, smallMembers, 49n).map((one) => [one.amount, one.reason])).toEqual([
      ['20', 'fund-low'],
      ['29', 'fund-low'],
      ['0', 'own-query'],
    ]);
    expect(topUps(shares, smallMembers, 0n).map((one) => [one.amount, one.reason])).toEqual([
      ['0', 'fund-empty'],
      ['0', 'fund-empty'],
      ['0', 'own-query'],
    ]);
  });

  it('are none under a scheme without any', () => {
    expect(topUps(shares, { ...smallMembers, topUpBps: 0, topUpMax: '0' }, 50n)).toEqual([]);
  });

  it('round down, and a share of exactly the cap is paid in full', () => {
    const [low, exact] = topUps([share('m-a', 4n), share('m-b', 150n)], smallMembers, 99n);
    expect(low).toMatchObject({ amount: '0', reason: 'paid' });
    expect(exact).toMatchObject({ amount: '30', reason: 'paid' });
  });

  it('never take more than the fund holds, nor give anyone more than his cap', () => {
    const anyShare = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(anyShare, { maxLength: 12 }),
        fc.bigInt({ min: 0n, max: 10n ** 4n }),
        fc.bigInt({ min: 1n, max: 500n }),
        (entries, fund, cap) => {
          const given = topUps(
            entries.map(([amount, own], index) => share(`m-${index}`, amount, own)),
            { ...smallMembers, topUpMax: String(cap) },
            fund,
          );
          const sum = given.reduce((total, { amount }) => total + BigInt(amount), 0n);
          expect(sum <= fund).toBe(true);
          expect(given.every(({ amount }) => BigInt(amount) <= cap)).toBe(true);
        },
      ),
    );
  });
});
