import type {
  MemberId,
  SettlementFacts,
  SettlementShare,
  SettlementSplit,
} from '@veilsum/protocol';
import { repayCosts } from '../reward/cost-compensation.js';
import { coverageValue } from './coverage-value.js';
import { fraction } from './fraction.js';
import { divideByLargestRemainder } from './largest-remainder.js';
import { poolsOf } from './price.js';
import { weightClaims } from './weighted-value.js';

/** A contributor of the cohort as settlement sees it. */
export interface PaidContributor {
  readonly memberId: MemberId;
  /** minimumPricePerUse of its consent when the query was authorised, minor units. */
  readonly minimum: bigint;
  readonly coverage: readonly number[];
  /** Quality × freshness, a positive integer. */
  readonly weight: bigint;
  /** Registered cost that is not repaid yet, minor units. */
  readonly outstandingCost: bigint;
}

/** A keyholder who recorded a share. */
export interface PaidKeyholder {
  readonly memberId: MemberId;
  /** False when it did not show a share that was reported missing; its fee goes back to who paid. */
  readonly delivered: boolean;
}

/** All that the division of a price depends on. */
export interface PriceDivision {
  /** Minor units, as escrowed. */
  readonly price: bigint;
  readonly split: SettlementSplit;
  /** Most of the contributors' part that repays registered costs. */
  readonly costCompensationBps: number;
  /** The cells of all groups of the plan, none twice. */
  readonly cells: readonly number[];
  readonly contributors: readonly PaidContributor[];
  /** At least one. */
  readonly keyholders: readonly PaidKeyholder[];
  readonly operatorId: MemberId;
  /** Who paid what into the escrow; together the price. */
  readonly payments: SettlementFacts['payments'];
}

/**
 * Who gets what of a price (docs/ledger.md, Settlement): of the contributors' part the minima first,
 * then registered costs up to their cap, and the rest by weighted coverage; the keyholders' part
 * equally; the operator's; the subsidy fund's.
 * @returns shares above 0 that add up to the price
 * @throws Error when they would not, or the contributors' part does not cover the minima
 */
export function dividePrice(division: PriceDivision): SettlementShare[] {
  const pools = poolsOf(division.price, division.split);
  const shares = [
    ...contributorShares(division, pools.contributors),
    ...keyholderShares(division, pools.keyholders),
    shareOf(division.operatorId, pools.operator, 'operator-fee'),
    {
      accountId: 'fund:subsidy',
      amount: String(pools.subsidyFund),
      kind: 'subsidy-fund',
    } as const,
  ].filter(({ amount }) => amount !== '0');
  const sum = shares.reduce((total, { amount }) => total + BigInt(amount), 0n);
  if (sum !== division.price) throw new Error('A settlement does not add up to its price.');
  return shares;
}

/** A contributor's part of a price, in minor units. */
export interface ContributorPart {
  readonly memberId: MemberId;
  readonly minimum: bigint;
  readonly cost: bigint;
  readonly byCoverage: bigint;
}

/** What the contributors' part of a price is divided by. */
export type PoolDivision = Pick<PriceDivision, 'contributors' | 'cells' | 'costCompensationBps'>;

/**
 * The contributors' part of a price: minima first, then registered costs, the rest by weighted coverage.
 * @param pool minor units; at least the sum of the minima
 * @returns sorted by member; the parts add up to the pool
 * @throws Error when the pool does not cover the minima, or without contributors or cells
 */
export function divideContributorPool(
  pool: bigint,
  { contributors, cells, costCompensationBps }: PoolDivision,
): ContributorPart[] {
  const members = byMemberId(contributors);
  const afterMinima = members.reduce((rest, { minimum }) => rest - minimum, pool);
  if (afterMinima < 0n) throw new Error('The minima are more than the part of the contributors.');
  const cap = (pool * BigInt(costCompensationBps)) / 10_000n;
  const costs = repayCosts(
    cap < afterMinima ? cap : afterMinima,
    members.map(({ memberId, outstandingCost: outstanding }) => ({ memberId, outstanding })),
  );
  const rest = [...costs.values()].reduce((left, cost) => left - cost, afterMinima);
  const coverages = contributors.map(({ memberId, coverage }) => ({ id: memberId, coverage }));
  const weights = new Map<string, bigint>(
    members.map(({ memberId, weight }) => [memberId, weight]),
  );
  const claims = weightClaims(coverageValue(cells, coverages), (id) => weights.get(id) ?? 1n);
  const byCoverage = divideByLargestRemainder(rest, claims);
  return members.map(({ memberId, minimum }) => ({
    memberId,
    minimum,
    cost: costs.get(memberId) ?? 0n,
    byCoverage: byCoverage.get(memberId) ?? 0n,
  }));
}

function contributorShares(division: PriceDivision, pool: bigint): SettlementShare[] {
  return divideContributorPool(pool, division).flatMap(
    ({ memberId, minimum, cost, byCoverage }) => [
      shareOf(memberId, minimum, 'contributor-minimum'),
      shareOf(memberId, cost, 'cost-compensation'),
      shareOf(memberId, byCoverage, 'contributor-coverage'),
    ],
  );
}

type PaidMember = Omit<PaidContributor, 'coverage'>;

/**
 * Sorted by member, so that every reader lists them alike. Minima of one member's contributions add up;
 * of their weights the least counts, and a cost is the member's.
 */
function byMemberId(contributors: readonly PaidContributor[]): PaidMember[] {
  const members = new Map<MemberId, PaidMember>();
  for (const { memberId, minimum, weight, outstandingCost } of [...contributors].sort(byMember)) {
    const known = members.get(memberId);
    members.set(memberId, {
      memberId,
      minimum: (known?.minimum ?? 0n) + minimum,
      weight: known !== undefined && known.weight < weight ? known.weight : weight,
      outstandingCost,
    });
  }
  return [...members.values()];
}

function keyholderShares({ keyholders, payments }: PriceDivision, pool: bigint): SettlementShare[] {
  const part = fraction(1n, BigInt(keyholders.length));
  const fees = divideByLargestRemainder(
    pool,
    keyholders.map(({ memberId }) => ({ id: memberId, part })),
  );
  const feeOf = ({ memberId }: PaidKeyholder) => fees.get(memberId) ?? 0n;
  const lost = keyholders
    .filter(({ delivered }) => !delivered)
    .reduce((sum, keyholder) => sum + feeOf(keyholder), 0n);
  return [
    ...[...keyholders]
      .filter(({ delivered }) => delivered)
      .sort(byMember)
      .map((keyholder) => shareOf(keyholder.memberId, feeOf(keyholder), 'keyholder-fee')),
    ...paidBack(lost, payments),
  ];
}

/** A lost fee goes back to those who paid, in proportion, so that the fund gets its part too. */
function paidBack(amount: bigint, payments: PriceDivision['payments']): SettlementShare[] {
  if (amount === 0n) return [];
  const total = payments.reduce((sum, payment) => sum + BigInt(payment.amount), 0n);
  const parts = divideByLargestRemainder(
    amount,
    payments.map((payment) => ({
      id: payment.accountId,
      part: fraction(BigInt(payment.amount), total),
    })),
  );
  return payments.map(({ accountId }) => ({
    accountId,
    amount: String(parts.get(accountId) ?? 0n),
    kind: 'refund',
  }));
}

function shareOf(
  memberId: MemberId,
  amount: bigint,
  kind: SettlementShare['kind'],
): SettlementShare {
  return { accountId: `member:${memberId}`, amount: String(amount), kind };
}

function byMember(left: { memberId: MemberId }, right: { memberId: MemberId }): number {
  return left.memberId < right.memberId ? -1 : 1;
}
