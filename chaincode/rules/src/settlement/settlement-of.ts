import type {
  MemberId,
  RewardScheme,
  SettlementFacts,
  SettlementShare,
  SettlementSplit,
  TopUp,
} from '@veilsum/protocol';
import { contributionWeight } from '../reward/contribution-weight.js';
import { topUps, topUpsWanted, type SmallShare } from '../reward/subsidy.js';
import { dividePrice } from './price-division.js';

/** The rules of money that a query was authorised under. */
export interface RewardTerms {
  /** undefined: there was none, and the split of the founding holds. */
  readonly scheme: RewardScheme | undefined;
  readonly foundingSplit: SettlementSplit;
}

/** The split of a price under the terms. */
export function splitOf({ scheme, foundingSplit }: RewardTerms): SettlementSplit {
  return scheme?.split ?? foundingSplit;
}

/** Who gets what of the price of a query; adds up to the price. @throws Error when it would not */
export function sharesOf(facts: SettlementFacts, terms: RewardTerms): SettlementShare[] {
  const { scheme } = terms;
  return dividePrice({
    price: BigInt(facts.price),
    split: splitOf(terms),
    costCompensationBps: scheme?.costCompensationBps ?? 0,
    cells: facts.cells,
    contributors: facts.contributors.map((contributor) => ({
      memberId: contributor.memberId,
      minimum: BigInt(contributor.minimum),
      coverage: contributor.coverage,
      weight: contributionWeight(contributor, scheme, facts.authorisedAt),
      outstandingCost: BigInt(contributor.outstandingCost),
    })),
    keyholders: facts.keyholders,
    operatorId: facts.operatorId,
    payments: facts.payments,
  });
}

const REWARDS: readonly SettlementShare['kind'][] = ['contributor-minimum', 'contributor-coverage'];

/**
 * The shares that a top-up can add to: what small contributors earn, repaid costs left out.
 * @returns empty when the terms have no top-up, so that nobody looks at the fund for nothing
 */
export function smallShares(
  facts: SettlementFacts,
  shares: readonly SettlementShare[],
  { scheme }: RewardTerms,
): SmallShare[] {
  if (scheme === undefined || scheme.smallMembers.topUpBps === 0) return [];
  const small = new Map<MemberId, SmallShare>();
  for (const { memberId, size, legalEntityId } of facts.contributors) {
    const share = shares
      .filter(({ accountId, kind }) => accountId === `member:${memberId}` && REWARDS.includes(kind))
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const ownQuery = legalEntityId === facts.payer.legalEntityId;
    if (size === 'small' && share > 0n) small.set(memberId, { memberId, share, ownQuery });
  }
  return [...small.values()].sort((left, right) => (left.memberId < right.memberId ? -1 : 1));
}

/** The most that the fund has to hold for a settlement's top-ups, in minor units; 0: it is not looked at. */
export function fundNeeded(small: readonly SmallShare[], { scheme }: RewardTerms): bigint {
  return scheme === undefined ? 0n : topUpsWanted(small, scheme.smallMembers);
}

/** What the fund adds to small contributors' shares. @param fundHolds minor units */
export function topUpsOf(
  small: readonly SmallShare[],
  { scheme }: RewardTerms,
  fundHolds: bigint,
): TopUp[] {
  return scheme === undefined ? [] : topUps(small, scheme.smallMembers, fundHolds);
}
