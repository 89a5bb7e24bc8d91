import { memberIdSchema } from '@veilsum/protocol';
import fc from 'fast-check';
import { dividePrice, type PriceDivision } from './price-division.js';

const id = (name: string) => memberIdSchema.parse(name);
const split = {
  contributorsBps: 7000,
  keyholdersBps: 1500,
  operatorBps: 1000,
  subsidyFundBps: 500,
};
const division = (change: Partial<PriceDivision> = {}): PriceDivision => ({
  price: 1000n,
  split,
  cells: [0, 1],
  contributors: [
    { memberId: id('merchant-b'), minimum: 100n, coverage: [0, 1] },
    { memberId: id('merchant-a'), minimum: 0n, coverage: [1] },
  ],
  keyholders: [
    { memberId: id('keyholder-2'), delivered: true },
    { memberId: id('keyholder-1'), delivered: true },
  ],
  operatorId: id('operator'),
  analystId: id('analyst'),
  ...change,
});

describe('dividePrice', () => {
  test('pays minima first and the rest by coverage', () => {
    expect(dividePrice(division())).toEqual([
      { accountId: 'member:merchant-a', amount: '150', kind: 'contributor-coverage' },
      { accountId: 'member:merchant-b', amount: '100', kind: 'contributor-minimum' },
      { accountId: 'member:merchant-b', amount: '450', kind: 'contributor-coverage' },
      { accountId: 'member:keyholder-1', amount: '75', kind: 'keyholder-fee' },
      { accountId: 'member:keyholder-2', amount: '75', kind: 'keyholder-fee' },
      { accountId: 'member:operator', amount: '100', kind: 'operator-fee' },
      { accountId: 'fund:subsidy', amount: '50', kind: 'subsidy-fund' },
    ]);
  });

  test('gives the fee of a keyholder that did not deliver back to the analyst', () => {
    const keyholders = [
      { memberId: id('keyholder-1'), delivered: true },
      { memberId: id('keyholder-2'), delivered: false },
    ];
    const shares = dividePrice(division({ keyholders }));
    expect(shares.filter(({ kind }) => kind === 'keyholder-fee')).toEqual([
      { accountId: 'member:keyholder-1', amount: '75', kind: 'keyholder-fee' },
    ]);
    expect(shares).toContainEqual({
      accountId: 'member:analyst',
      amount: '75',
      kind: 'refund',
    });
  });

  test('divides a price of nothing into nothing', () => {
    const contributors = [{ memberId: id('merchant-a'), minimum: 0n, coverage: [] }];
    expect(dividePrice(division({ price: 0n, contributors }))).toEqual([]);
  });

  test('refuses minima that the price does not cover', () => {
    const contributors = [{ memberId: id('merchant-a'), minimum: 701n, coverage: [0] }];
    expect(() => dividePrice(division({ contributors }))).toThrow('minima');
    const exactly = [{ memberId: id('merchant-a'), minimum: 700n, coverage: [0] }];
    expect(dividePrice(division({ contributors: exactly }))).toContainEqual({
      accountId: 'member:merchant-a',
      amount: '700',
      kind: 'contributor-minimum',
    });
  });

  test('conserves every price and pays no minimum short', () => {
    const contributor = fc.record({
      minimum: fc.bigInt({ min: 0n, max: 1000n }),
      coverage: fc.uniqueArray(fc.integer({ min: 0, max: 5 })),
    });
    const cohort = fc.array(contributor, { minLength: 1, maxLength: 12 });
    const delivered = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
    const price = fc.bigInt({ min: 20_000n, max: 10n ** 25n });
    fc.assert(
      fc.property(price, cohort, delivered, (amount, entries, flags) => {
        const shares = dividePrice(
          division({
            price: amount,
            cells: [0, 1, 2, 3, 4, 5],
            contributors: entries.map((entry, index) => ({ memberId: id(`m-${index}`), ...entry })),
            keyholders: flags.map((flag, index) => ({
              memberId: id(`k-${index}`),
              delivered: flag,
            })),
          }),
        );
        expect(shares.reduce((sum, share) => sum + BigInt(share.amount), 0n)).toBe(amount);
        for (const [index, { minimum }] of entries.entries()) {
          const paid = shares
            .filter(({ accountId }) => accountId === `member:m-${index}`)
            .reduce((sum, share) => sum + BigInt(share.amount), 0n);
          expect(paid >= minimum).toBe(true);
        }
      }),
    );
  });
});
