import {
  costSchema,
  rewardSchemeSchema,
  settlementFactsSchema,
  type RewardScheme,
  type SettlementFacts,
} from '@veilsum/protocol';
import { sharesOf } from '@veilsum/rules';
import fc from 'fast-check';
import { simulatedOutcome, settledOutcome, type PastQuery } from './scheme-comparison.js';

const foundingSplit = {
  contributorsBps: 7000,
  keyholdersBps: 1500,
  operatorBps: 1000,
  subsidyFundBps: 500,
};
const scheme = (change: Partial<Record<keyof RewardScheme, unknown>> = {}): RewardScheme =>
  rewardSchemeSchema.parse({
    format: 'veilsum-reward-scheme/1',
    version: 1,
    effectiveFrom: 0,
    split: { contributorsBps: 6000, keyholdersBps: 1500, operatorBps: 1500, subsidyFundBps: 1000 },
    smallMembers: { priceBps: 7500, priceSupportMax: '400', topUpBps: 2000, topUpMax: '30' },
    costCompensationBps: 2000,
    freshness: [],
    quality: { base: 1, declaredCoverage: 0, agreedOpening: 0 },
    ...change,
  });
const terms = { scheme: scheme(), foundingSplit };
const id = (number: number) => number.toString(16).padStart(32, '0');

function facts(number: number, change: Partial<Record<keyof SettlementFacts, unknown>> = {}) {
  const contributor = (memberId: string, size: string, coverage: number[]) => ({
    memberId,
    legalEntityId: `entity-${memberId}`,
    size,
    minimum: '10',
    coverage,
    registeredAt: 0,
    agreedOpening: false,
    outstandingCost: '0',
  });
  return settlementFactsSchema.parse({
    queryId: id(number),
    productId: 'sales',
    epoch: '2026-Q1',
    authorisedAt: number,
    price: '1000',
    productPrice: '1000',
    payer: { memberId: 'asker', legalEntityId: 'entity-asker', size: 'small' },
    payments: [{ accountId: 'member:asker', amount: '1000' }],
    cells: [0, 1],
    contributors: [contributor('big', 'large', [0, 1]), contributor('shop', 'small', [1])],
    keyholders: [{ memberId: 'keyholder', delivered: true }],
    operatorId: 'operator',
    ...change,
  });
}

const settled = (number: number): PastQuery => {
  const of = facts(number);
  return { facts: of, shares: sharesOf(of, { scheme: undefined, foundingSplit }), topUps: [] };
};

describe('comparing schemes', () => {
  it('says what was earned and paid', () => {
    const outcome = settledOutcome([settled(1), settled(2)]);
    // 700 each time: 10 each, the rest three to one.
    expect(outcome.members).toEqual([
      { memberId: 'asker', size: 'small', earned: 0n, paid: 2000n },
      { memberId: 'big', size: 'large', earned: 1040n, paid: 0n },
      { memberId: 'shop', size: 'small', earned: 360n, paid: 0n },
    ]);
    expect(outcome.smallShare).toEqual({ numerator: 360n, denominator: 1400n });
    expect(outcome.fundGave).toBe(0n);
  });

  it('lets the fund live from query to query', () => {
    const first = simulatedOutcome([settled(1)], terms, { fund: 0n, costs: [] });
    expect([first.fundGave, first.fundLeft]).toEqual([0n, 100n]);
    const second = simulatedOutcome([settled(2), settled(1)], terms, { fund: 0n, costs: [] });
    // The second price gets the fund's 100, so nothing is left for a top-up.
    expect([second.fundGave, second.fundLeft]).toEqual([100n, 100n]);
    const rich = simulatedOutcome([settled(1)], terms, { fund: 1000n, costs: [] });
    expect([rich.fundGave, rich.fundLeft]).toEqual([280n, 820n]);
    expect(rich.members.find(({ memberId }) => memberId === 'asker')?.paid).toBe(750n);
    // A quarter of 580 after the minima, its minimum, and the top-up's cap.
    expect(rich.members.find(({ memberId }) => memberId === 'shop')?.earned).toBe(185n);
  });

  it('repays a cost once over all queries, from the start', () => {
    const cost = costSchema.parse({
      format: 'veilsum-cost/1',
      productId: 'sales',
      epoch: '2026-Q1',
      amount: '150',
      reference: 'r',
      contributorId: 'shop',
      status: 'confirmed',
      proposedAt: 0,
      confirmedAt: 0,
      repaid: '150',
    });
    const none = { ...scheme().smallMembers, topUpBps: 0, topUpMax: '0' };
    const without = { scheme: scheme({ smallMembers: none }), foundingSplit };
    const past = [settled(1), settled(2)];
    const plain = simulatedOutcome(past, without, { fund: 0n, costs: [] });
    const repaid = simulatedOutcome(past, without, { fund: 0n, costs: [cost] });
    const shop = (outcome: typeof plain) =>
      outcome.members.find(({ memberId }) => memberId === 'shop')?.earned ?? 0n;
    // 150 more, of which a quarter would have been the shop's anyway; a unit is rounding.
    expect(shop(repaid) - shop(plain)).toBeGreaterThanOrEqual(112n);
    expect(shop(repaid) - shop(plain)).toBeLessThanOrEqual(113n);
  });

  it('conserves money under any scheme', () => {
    const bps = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(
        fc.tuple(bps, bps, bps),
        fc.integer({ min: 0, max: 10_000 }),
        fc.bigInt({ min: 0n, max: 3000n }),
        fc.integer({ min: 1, max: 5 }),
        ([keyholdersBps, operatorBps, subsidyFundBps], costBps, fund, queries) => {
          const contributorsBps = 10_000 - keyholdersBps - operatorBps - subsidyFundBps;
          const split = { contributorsBps, keyholdersBps, operatorBps, subsidyFundBps };
          const any = scheme({ split, costCompensationBps: costBps });
          const past = Array.from({ length: queries }, (_unused, index) => settled(index + 1));
          const outcome = simulatedOutcome(
            past,
            { scheme: any, foundingSplit },
            { fund, costs: [] },
          );
          const earned = outcome.members.reduce((sum, one) => sum + one.earned, 0n);
          const paid = outcome.members.reduce((sum, one) => sum + one.paid, 0n);
          // What members pay and the fund loses is what contributors, keyholders and operator get.
          const fees = paid + fund - outcome.fundLeft - earned;
          const expected = BigInt((keyholdersBps + operatorBps) * queries);
          expect(fees * 10n - expected).toBeLessThanOrEqual(BigInt(20 * queries));
          expect(expected - fees * 10n).toBeLessThanOrEqual(BigInt(20 * queries));
          expect(outcome.fundLeft >= 0n).toBe(true);
        },
      ),
    );
  });
});
