import { memberIdSchema } from '@veilsum/protocol';
import fc from 'fast-check';
import { dividePrice, type PaidContributor, type PriceDivision } from './price-division.js';

const id = (name: string) => memberIdSchema.parse(name);
const split = {
  contributorsBps: 7000,
  keyholdersBps: 1500,
  operatorBps: 1000,
  subsidyFundBps: 500,
};
const contributor = (
  name: string,
  minimum: bigint,
  coverage: readonly number[],
  change: Partial<PaidContributor> = {},
): PaidContributor => ({
  memberId: id(name),
  minimum,
  coverage,
  weight: 1n,
  outstandingCost: 0n,
  ...change,
});
const division = (change: Partial<PriceDivision> = {}): PriceDivision => ({
  price: 1000n,
  split,
  cells: [0, 1],
  costCompensationBps: 0,
  contributors: [contributor('merchant-b', 100n, [0, 1]), contributor('merchant-a', 0n, [1])],
  keyholders: [
    { memberId: id('keyholder-2'), delivered: true },
    { memberId: id('keyholder-1'), delivered: true },
  ],
  operatorId: id('operator'),
  payments: [{ accountId: 'member:analyst', amount: '1000' }],
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

  test('gives a lost fee back to everyone who paid, the fund too', () => {
    const keyholders = [{ memberId: id('keyholder-1'), delivered: false }];
    const payments = [
      { accountId: 'member:analyst', amount: '600' },
      { accountId: 'fund:subsidy', amount: '400' },
    ];
    const refunds = dividePrice(division({ keyholders, payments })).filter(
      ({ kind }) => kind === 'refund',
    );
    expect(refunds).toEqual([
      { accountId: 'member:analyst', amount: '90', kind: 'refund' },
      { accountId: 'fund:subsidy', amount: '60', kind: 'refund' },
    ]);
  });

  test('weighs equal coverage by quality and freshness', () => {
    const contributors = [
      contributor('merchant-a', 0n, [0, 1], { weight: 3n }),
      contributor('merchant-b', 0n, [0, 1], { weight: 4n }),
    ];
    const paid = dividePrice(division({ contributors })).filter(({ accountId }) =>
      accountId.startsWith('member:merchant'),
    );
    expect(paid.map(({ amount }) => amount)).toEqual(['300', '400']);
  });

  test('repays costs after the minima and before the rest, up to their cap', () => {
    const contributors = [
      contributor('merchant-a', 100n, [0], { outstandingCost: 90n }),
      contributor('merchant-b', 0n, [1], { outstandingCost: 120n }),
    ];
    const paid = (costCompensationBps: number) =>
      dividePrice(division({ contributors, costCompensationBps }))
        .filter(({ accountId }) => accountId.startsWith('member:merchant'))
        .map(({ accountId, kind, amount }) => `${accountId.slice(-1)} ${kind} ${amount}`);
    // 700 to contributors; 600 after the minimum.
    expect(paid(3000)).toEqual([
      'a contributor-minimum 100',
      'a cost-compensation 90',
      'a contributor-coverage 195',
      'b cost-compensation 120',
      'b contributor-coverage 195',
    ]);
    // The cap of 70 is shared 90 : 120.
    expect(paid(1000)).toEqual([
      'a contributor-minimum 100',
      'a cost-compensation 30',
      'a contributor-coverage 265',
      'b cost-compensation 40',
      'b contributor-coverage 265',
    ]);
    expect(paid(0)).toHaveLength(3);
  });

  test('repays no costs out of minima', () => {
    const contributors = [
      contributor('merchant-a', 650n, [0]),
      contributor('merchant-b', 0n, [1], { outstandingCost: 1000n }),
    ];
    const [first, second, ...rest] = dividePrice(
      division({ contributors, costCompensationBps: 10_000 }),
    );
    expect(first).toMatchObject({ amount: '650', kind: 'contributor-minimum' });
    expect(second).toMatchObject({ amount: '50', kind: 'cost-compensation' });
    expect(rest.map(({ kind }) => kind)).not.toContain('contributor-coverage');
  });

  test('divides a price of nothing into nothing', () => {
    const contributors = [contributor('merchant-a', 0n, [])];
    expect(dividePrice(division({ price: 0n, contributors }))).toEqual([]);
  });

  test('refuses minima that the price does not cover', () => {
    const contributors = [contributor('merchant-a', 701n, [0])];
    expect(() => dividePrice(division({ contributors }))).toThrow('minima');
    const exactly = [contributor('merchant-a', 700n, [0])];
    expect(dividePrice(division({ contributors: exactly }))).toContainEqual({
      accountId: 'member:merchant-a',
      amount: '700',
      kind: 'contributor-minimum',
    });
  });

  test('conserves every price and pays no minimum short', () => {
    const entry = fc.record({
      minimum: fc.bigInt({ min: 0n, max: 1000n }),
      coverage: fc.uniqueArray(fc.integer({ min: 0, max: 5 })),
      weight: fc.bigInt({ min: 1n, max: 1_000_000n }),
      outstandingCost: fc.bigInt({ min: 0n, max: 10n ** 6n }),
    });
    const cohort = fc.array(entry, { minLength: 1, maxLength: 12 });
    const delivered = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
    const price = fc.bigInt({ min: 20_000n, max: 10n ** 25n });
    fc.assert(
      fc.property(price, cohort, delivered, fc.nat(10_000), (amount, entries, flags, costBps) => {
        const shares = dividePrice(
          division({
            price: amount,
            costCompensationBps: costBps,
            cells: [0, 1, 2, 3, 4, 5],
            contributors: entries.map((entry, index) => ({ memberId: id(`m-${index}`), ...entry })),
            keyholders: flags.map((flag, index) => ({
              memberId: id(`k-${index}`),
              delivered: flag,
            })),
          }),
        );
        expect(shares.reduce((sum, share) => sum + BigInt(share.amount), 0n)).toBe(amount);
        const repaid = shares
          .filter(({ kind }) => kind === 'cost-compensation')
          .reduce((sum, share) => sum + BigInt(share.amount), 0n);
        expect(repaid * 100_000_000n <= amount * 7000n * BigInt(costBps) + 100_000_000n).toBe(true);
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
