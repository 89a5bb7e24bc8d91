import type { Cost, MemberId, SettlementFacts, SettlementShare, TopUp } from '@veilsum/protocol';
import {
  fundNeeded,
  outstandingCost,
  priceOf,
  priceSupport,
  sharesOf,
  smallShares,
  splitOf,
  topUpsOf,
  type RewardTerms,
} from '@veilsum/rules';
import { giniOf, type ExactShare } from './inequality.js';

/** One query with what was really paid for it; amounts in minor units. */
export interface PastQuery {
  readonly facts: SettlementFacts;
  readonly shares: readonly SettlementShare[];
  readonly topUps: readonly TopUp[];
}

/** What one member gets and pays over all queries, in minor units. */
export interface MemberMoney {
  readonly memberId: MemberId;
  readonly size: 'small' | 'large';
  readonly earned: bigint;
  readonly paid: bigint;
}

/** What a scheme does over past queries. */
export interface SchemeOutcome {
  readonly members: readonly MemberMoney[];
  /** Of what contributors earn: 0 is everyone the same, 1 is one gets all. */
  readonly gini: ExactShare;
  /** Part of the contributors' earnings that small members get. */
  readonly smallShare: ExactShare;
  /** What the subsidy fund gave to prices and shares, minor units. */
  readonly fundGave: bigint;
  /** What is left in it. */
  readonly fundLeft: bigint;
}

const EARNINGS: readonly SettlementShare['kind'][] = [
  'contributor-minimum',
  'contributor-coverage',
  'cost-compensation',
];

/** What was really earned and paid. */
export function settledOutcome(past: readonly PastQuery[]): SchemeOutcome {
  return outcomeOf(past, 0n);
}

/**
 * What would have been earned and paid under other terms, query after query: the fund starts with an
 * amount and lives on, and every registered cost is repaid from the start.
 */
export function simulatedOutcome(
  past: readonly PastQuery[],
  terms: RewardTerms,
  { fund, costs }: { readonly fund: bigint; readonly costs: readonly Cost[] },
): SchemeOutcome {
  const repaid = new Map<string, bigint>();
  let left = fund;
  const simulated = [...past]
    .sort((one, other) => one.facts.authorisedAt - other.facts.authorisedAt)
    .map(({ facts }) => {
      const settled = settleOnce(withCosts(facts, costs, repaid), terms, left);
      left = settled.fundLeft;
      for (const { accountId, kind, amount } of settled.query.shares) {
        if (kind !== 'cost-compensation') continue;
        const key = costKey(facts, accountId.slice('member:'.length));
        repaid.set(key, (repaid.get(key) ?? 0n) + BigInt(amount));
      }
      return settled.query;
    });
  return outcomeOf(simulated, left);
}

function settleOnce(
  facts: SettlementFacts,
  terms: RewardTerms,
  fund: bigint,
): { readonly query: PastQuery; readonly fundLeft: bigint } {
  const minima = facts.contributors.map(({ minimum }) => BigInt(minimum));
  const price = priceOf(BigInt(facts.productPrice), minima, splitOf(terms).contributorsBps);
  const { scheme } = terms;
  const support =
    scheme === undefined || facts.payer.size !== 'small'
      ? 0n
      : priceSupport(price, { smallMembers: scheme.smallMembers, fundHolds: fund });
  const own = { accountId: `member:${facts.payer.memberId}`, amount: String(price - support) };
  const added = { accountId: 'fund:subsidy', amount: String(support) };
  const payments = support === 0n ? [own] : [own, added];
  const priced: SettlementFacts = { ...facts, price: String(price), payments };
  const shares = sharesOf(priced, terms);
  const small = smallShares(priced, shares, terms);
  const before = fund - support;
  const needed = fundNeeded(small, terms);
  const topUps = topUpsOf(small, terms, needed < before ? needed : before);
  const given = topUps.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  const intoFund = amountTo(shares, 'fund:subsidy');
  return { query: { facts: priced, shares, topUps }, fundLeft: before - given + intoFund };
}

/** Costs as they stood before any query repaid them. */
function withCosts(
  facts: SettlementFacts,
  costs: readonly Cost[],
  repaid: ReadonlyMap<string, bigint>,
): SettlementFacts {
  const contributors = facts.contributors.map((contributor) => {
    const { memberId } = contributor;
    const cost = costs.find(
      ({ productId, epoch, contributorId }) =>
        productId === facts.productId && epoch === facts.epoch && contributorId === memberId,
    );
    const before = String(repaid.get(costKey(facts, memberId)) ?? 0n);
    const outstanding = outstandingCost(cost && { ...cost, repaid: before }, facts.authorisedAt);
    return { ...contributor, outstandingCost: String(outstanding) };
  });
  return { ...facts, contributors };
}

const costKey = ({ productId, epoch }: SettlementFacts, memberId: string) =>
  [productId, epoch, memberId].join(' ');

function outcomeOf(queries: readonly PastQuery[], fundLeft: bigint): SchemeOutcome {
  const members = memberMoney(queries);
  const contributors = new Set(
    queries.flatMap(({ facts }) => facts.contributors.map(({ memberId }) => memberId)),
  );
  const earners = members.filter(({ memberId }) => contributors.has(memberId));
  const total = earners.reduce((sum, { earned }) => sum + earned, 0n);
  const small = earners
    .filter(({ size }) => size === 'small')
    .reduce((sum, { earned }) => sum + earned, 0n);
  return {
    members,
    gini: giniOf(earners.map(({ earned }) => earned)),
    smallShare: { numerator: small, denominator: total === 0n ? 1n : total },
    fundGave: queries.reduce((sum, query) => sum + fundGave(query), 0n),
    fundLeft,
  };
}

function fundGave({ facts, topUps }: PastQuery): bigint {
  const toShares = topUps.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  return toShares + amountTo(facts.payments, 'fund:subsidy');
}

function memberMoney(queries: readonly PastQuery[]): MemberMoney[] {
  const found = new Map<MemberId, MemberMoney>();
  const add = (
    { memberId, size }: Pick<MemberMoney, 'memberId' | 'size'>,
    earned: bigint,
    paid: bigint,
  ) => {
    const known = found.get(memberId) ?? { memberId, size, earned: 0n, paid: 0n };
    found.set(memberId, { ...known, earned: known.earned + earned, paid: known.paid + paid });
  };
  for (const { facts, shares, topUps } of queries) {
    const earnings = shares.filter(({ kind }) => EARNINGS.includes(kind));
    for (const party of facts.contributors) {
      const topUp = topUps.find(({ memberId }) => memberId === party.memberId)?.amount ?? '0';
      add(party, amountTo(earnings, `member:${party.memberId}`) + BigInt(topUp), 0n);
    }
    const refunds = shares.filter(({ kind }) => kind === 'refund');
    const account = `member:${facts.payer.memberId}`;
    add(facts.payer, 0n, amountTo(facts.payments, account) - amountTo(refunds, account));
  }
  return [...found.values()].sort((one, other) => (one.memberId < other.memberId ? -1 : 1));
}

function amountTo(
  shares: readonly { readonly accountId: string; readonly amount: string }[],
  account: string,
): bigint {
  return shares
    .filter(({ accountId }) => accountId === account)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
