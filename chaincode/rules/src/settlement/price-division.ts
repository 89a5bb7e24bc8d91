import type { MemberId, SettlementShare, SettlementSplit } from '@veilsum/protocol';
import { coverageValue } from './coverage-value.js';
import { fraction } from './fraction.js';
import { divideByLargestRemainder } from './largest-remainder.js';
import { poolsOf } from './price.js';

/** A contributor of the cohort as settlement sees it. */
export interface PaidContributor {
  readonly memberId: MemberId;
  /** minimumPricePerUse of its consent when the query was authorised, minor units. */
  readonly minimum: bigint;
  readonly coverage: readonly number[];
}

/** A keyholder who recorded a share. */
export interface PaidKeyholder {
  readonly memberId: MemberId;
  /** False when it did not show a share that was reported missing; its fee goes back to the analyst. */
  readonly delivered: boolean;
}

/** All that the division of a price depends on. */
export interface PriceDivision {
  /** Minor units, as escrowed. */
  readonly price: bigint;
  readonly split: SettlementSplit;
  /** The cells of all groups of the plan, none twice. */
  readonly cells: readonly number[];
  readonly contributors: readonly PaidContributor[];
  /** At least one. */
  readonly keyholders: readonly PaidKeyholder[];
  readonly operatorId: MemberId;
  readonly analystId: MemberId;
}

/**
 * Who gets what of a price (docs/ledger.md, Settlement): of the contributors' part the minima first and
 * the rest by declared coverage; the keyholders' part equally; the operator's; the subsidy fund's.
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
  readonly byCoverage: bigint;
}

/**
 * The contributors' part of a price: the minima first, the rest by declared coverage.
 * @param pool minor units; at least the sum of the minima
 * @returns sorted by member; the parts add up to the pool
 * @throws Error when the pool does not cover the minima, or without contributors or cells
 */
export function divideContributorPool(
  pool: bigint,
  contributors: readonly PaidContributor[],
  cells: readonly number[],
): ContributorPart[] {
  const minima = minimaByMember(contributors);
  const rest = pool - [...minima.values()].reduce((sum, minimum) => sum + minimum, 0n);
  if (rest < 0n) throw new Error('The minima are more than the part of the contributors.');
  const claims = coverageValue(
    cells,
    contributors.map(({ memberId, coverage }) => ({ id: memberId, coverage })),
  );
  const byCoverage = divideByLargestRemainder(rest, claims);
  return [...minima].map(([memberId, minimum]) => ({
    memberId,
    minimum,
    byCoverage: byCoverage.get(memberId) ?? 0n,
  }));
}

function contributorShares(
  { contributors, cells }: PriceDivision,
  pool: bigint,
): SettlementShare[] {
  return divideContributorPool(pool, contributors, cells).flatMap(
    ({ memberId, minimum, byCoverage }) => [
      shareOf(memberId, minimum, 'contributor-minimum'),
      shareOf(memberId, byCoverage, 'contributor-coverage'),
    ],
  );
}

/** Sorted by member, so that every reader lists them alike. */
function minimaByMember(contributors: readonly PaidContributor[]): Map<MemberId, bigint> {
  const minima = new Map<MemberId, bigint>();
  for (const { memberId, minimum } of [...contributors].sort(byMember)) {
    minima.set(memberId, (minima.get(memberId) ?? 0n) + minimum);
  }
  return minima;
}

function keyholderShares(
  { keyholders, analystId }: PriceDivision,
  pool: bigint,
): SettlementShare[] {
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
    shareOf(analystId, lost, 'refund'),
  ];
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
