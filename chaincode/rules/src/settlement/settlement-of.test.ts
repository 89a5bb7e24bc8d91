import {
  rewardSchemeSchema,
  settlementFactsSchema,
  type RewardScheme,
  type SettlementFacts,
} from '@veilsum/protocol';
import fc from 'fast-check';
import { sampleId } from '../../../../test/fakes/query-facts.js';
import {
  fundNeeded,
  sharesOf,
  smallShares,
  splitOf,
  topUpsOf,
  type RewardTerms,
} from './settlement-of.js';

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
    split: { contributorsBps: 6000, keyholdersBps: 2000, operatorBps: 1000, subsidyFundBps: 1000 },
    smallMembers: { priceBps: 9000, priceSupportMax: '100', topUpBps: 1000, topUpMax: '50' },
    costCompensationBps: 5000,
    freshness: [{ ageDaysMax: 7, weight: 2 }],
    quality: { base: 1, declaredCoverage: 0, agreedOpening: 0 },
    ...change,
  });
const founding: RewardTerms = { scheme: undefined, foundingSplit };
const terms = (change: Partial<Record<keyof RewardScheme, unknown>> = {}): RewardTerms => ({
  scheme: scheme(change),
  foundingSplit,
});

const contributor = (memberId: string, change: object = {}) => ({
  memberId,
  legalEntityId: `${memberId}-group`,
  size: 'small',
  minimum: '0',
  coverage: [0],
  registeredAt: 0,
  agreedOpening: false,
  outstandingCost: '0',
  ...change,
});
const facts = (change: object = {}): SettlementFacts =>
  settlementFactsSchema.parse({
    queryId: sampleId(1),
    productId: 'weekly-sales',
    epoch: '2017-Q1',
    authorisedAt: 0,
    price: '1000',
    productPrice: '1000',
    payer: { memberId: 'analyst', legalEntityId: 'analyst-group', size: 'large' },
    payments: [{ accountId: 'member:analyst', amount: '1000' }],
    cells: [0],
    contributors: [contributor('shop-b'), contributor('shop-a')],
    keyholders: [{ memberId: 'keyholder-1', delivered: true }],
    operatorId: 'operator',
    ...change,
  });
const paid = (of: SettlementFacts, under: RewardTerms) =>
  sharesOf(of, under).map(({ accountId, kind, amount }) => `${accountId} ${kind} ${amount}`);
const small = (of: SettlementFacts, under: RewardTerms) =>
  smallShares(of, sharesOf(of, under), under).map(
    ({ memberId, share, ownQuery }) => `${memberId} ${share} ${ownQuery}`,
  );

describe('the split of a price', () => {
  it('is that of the scheme, and without one that of the founding', () => {
    expect(splitOf(founding)).toEqual(foundingSplit);
    expect(splitOf(terms())).toEqual(scheme().split);
    expect(paid(facts(), founding)).toEqual([
      'member:shop-a contributor-coverage 350',
      'member:shop-b contributor-coverage 350',
      'member:keyholder-1 keyholder-fee 150',
      'member:operator operator-fee 100',
      'fund:subsidy subsidy-fund 50',
    ]);
    expect(paid(facts(), terms())).toEqual([
      'member:shop-a contributor-coverage 300',
      'member:shop-b contributor-coverage 300',
      'member:keyholder-1 keyholder-fee 200',
      'member:operator operator-fee 100',
      'fund:subsidy subsidy-fund 100',
    ]);
  });

  it('weighs contributions and repays costs under a scheme only', () => {
    const aged = facts({
      authorisedAt: 8 * 86_400_000,
      contributors: [
        contributor('shop-a', { registeredAt: 8 * 86_400_000 }),
        contributor('shop-b', { outstandingCost: '60', minimum: '30' }),
      ],
    });
    expect(paid(aged, founding).slice(0, 3)).toEqual([
      'member:shop-a contributor-coverage 335',
      'member:shop-b contributor-minimum 30',
      'member:shop-b contributor-coverage 335',
    ]);
    expect(paid(aged, terms()).slice(0, 4)).toEqual([
      'member:shop-a contributor-coverage 340',
      'member:shop-b contributor-minimum 30',
      'member:shop-b cost-compensation 60',
      'member:shop-b contributor-coverage 170',
    ]);
  });
});

describe('the shares that a top-up adds to', () => {
  it('are those of small contributors, by name, without repaid costs', () => {
    const mixed = facts({
      contributors: [
        contributor('shop-c', { outstandingCost: '60', minimum: '30' }),
        contributor('shop-b', { size: 'large' }),
        contributor('shop-a'),
        contributor('shop-d', { coverage: [], minimum: '0' }),
      ],
    });
    const shares = paid(mixed, terms());
    expect(shares).toContain('member:shop-c cost-compensation 60');
    expect(small(mixed, terms())).toEqual(['shop-a 170 false', 'shop-c 200 false']);
  });

  it('are marked where the payer is of the same legal entity', () => {
    const own = facts({
      contributors: [
        contributor('shop-a', { legalEntityId: 'analyst-group' }),
        contributor('shop-b'),
      ],
    });
    expect(small(own, terms())).toEqual(['shop-a 300 true', 'shop-b 300 false']);
  });

  it('are none without a scheme, or when it has no top-up', () => {
    const none = { priceBps: 9000, priceSupportMax: '100', topUpBps: 0, topUpMax: '0' };
    expect(small(facts(), founding)).toEqual([]);
    expect(small(facts(), terms({ smallMembers: none }))).toEqual([]);
  });
});

describe('the fund', () => {
  const shares = (under: RewardTerms) => smallShares(facts(), sharesOf(facts(), under), under);

  it('adds a tenth to each, as far as it holds that', () => {
    expect(fundNeeded(shares(terms()), terms())).toBe(60n);
    const added = (fundHolds: bigint) =>
      topUpsOf(shares(terms()), terms(), fundHolds).map(
        ({ memberId, amount, reason }) => `${memberId} ${amount} ${reason}`,
      );
    expect(added(60n)).toEqual(['shop-a 30 paid', 'shop-b 30 paid']);
    expect(added(59n)).toEqual(['shop-a 30 fund-low', 'shop-b 29 fund-low']);
    expect(added(0n)).toEqual(['shop-a 0 fund-empty', 'shop-b 0 fund-empty']);
  });

  it('is not looked at without a scheme', () => {
    const one = shares(terms());
    expect(fundNeeded(one, founding)).toBe(0n);
    expect(topUpsOf(one, founding, 100n)).toEqual([]);
  });

  it('never gives more than it holds, and the shares always are the price', () => {
    const amounts = fc.record({
      price: fc.integer({ min: 1, max: 100_000 }),
      fundHolds: fc.bigInt({ min: 0n, max: 200n }),
      sizes: fc.array(fc.constantFrom('small', 'large'), { minLength: 1, maxLength: 6 }),
      topUpBps: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(amounts, ({ price, fundHolds, sizes, topUpBps }) => {
        const smallMembers = { priceBps: 10_000, priceSupportMax: '0', topUpBps, topUpMax: '70' };
        const under = terms({ smallMembers });
        const of = facts({
          price: String(price),
          payments: [{ accountId: 'member:analyst', amount: String(price) }],
          contributors: sizes.map((size, index) => contributor(`shop-${index}`, { size })),
        });
        const all = sharesOf(of, under);
        const sum = (list: readonly { readonly amount: string }[]) =>
          list.reduce((total, { amount }) => total + BigInt(amount), 0n);
        expect(sum(all)).toBe(BigInt(price));
        const added = sum(topUpsOf(smallShares(of, all, under), under, fundHolds));
        const wanted = fundNeeded(smallShares(of, all, under), under);
        expect(added).toBe(wanted < fundHolds ? wanted : fundHolds);
      }),
    );
  });
});
