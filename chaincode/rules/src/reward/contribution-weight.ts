import type { RewardScheme, SettlementFacts } from '@veilsum/protocol';

const DAY_MS = 86_400_000;

/** What a weight depends on. */
export type WeighedContribution = Pick<
  SettlementFacts['contributors'][number],
  'coverage' | 'registeredAt' | 'agreedOpening'
>;

/**
 * How much a contribution counts beside others with the same coverage: quality × freshness
 * (docs/ledger.md, Settlement). Only what anyone can check on the ledger counts as quality.
 * @param authorisedAt of the query, milliseconds
 * @returns a positive integer; 1 without a scheme
 */
export function contributionWeight(
  contribution: WeighedContribution,
  scheme: Pick<RewardScheme, 'quality' | 'freshness'> | undefined,
  authorisedAt: number,
): bigint {
  if (scheme === undefined) return 1n;
  const ageDays = Math.floor((authorisedAt - contribution.registeredAt) / DAY_MS);
  return BigInt(quality(contribution, scheme.quality) * freshness(ageDays, scheme.freshness));
}

function quality(
  { coverage, agreedOpening }: WeighedContribution,
  weights: RewardScheme['quality'],
): number {
  const declared = coverage.length > 0 ? weights.declaredCoverage : 0;
  return weights.base + declared + (agreedOpening ? weights.agreedOpening : 0);
}

function freshness(ageDays: number, entries: RewardScheme['freshness']): number {
  return entries.find(({ ageDaysMax }) => ageDays <= ageDaysMax)?.weight ?? 1;
}
