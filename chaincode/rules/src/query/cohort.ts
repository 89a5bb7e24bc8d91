import type { ContributionId } from '@veilsum/protocol';
import { countLegalEntities, type CohortMember, type CountedPlan } from './query-facts.js';

/**
 * The largest part of a set of contributions in which every consent's `minCohort` is met: those whose
 * consent wants more legal entities than there are leave, until nobody has to.
 * @returns sorted by contributionId, as in a plan
 */
export function stableCohort(eligible: readonly CohortMember[]): CohortMember[] {
  let cohort = [...eligible].sort(byContribution);
  for (;;) {
    const size = countLegalEntities(cohort);
    const staying = cohort.filter(({ consent }) => consent.minCohort <= size);
    if (staying.length === cohort.length) return cohort;
    cohort = staying;
  }
}

/** Why no cohort may be used: an exact plan fixed another one that is not available. */
export interface CohortConflict {
  /** Contributions of the fixed cohort that may not be used now. */
  readonly missing: readonly ContributionId[];
}

/** The contributions that the first exact plan of a product and epoch fixed, or undefined (docs/protocol.md §6.1). */
export function fixedExactCohort(
  countedPlans: readonly CountedPlan[],
): readonly ContributionId[] | undefined {
  const first = countedPlans.find(({ release }) => release === 'exact');
  return first?.cohort.map(({ contributionId }) => contributionId);
}

/**
 * The fixed cohort out of those that may be used now.
 * @returns the cohort, or which contributions are missing when not all may be used together
 */
export function exactCohortOf(
  eligible: readonly CohortMember[],
  fixed: readonly ContributionId[],
): CohortMember[] | CohortConflict {
  const wanted = new Set(fixed);
  const cohort = stableCohort(
    eligible.filter(({ contribution }) => wanted.has(contribution.contributionId)),
  );
  const present = new Set(cohort.map(({ contribution }) => contribution.contributionId));
  const missing = fixed.filter((contributionId) => !present.has(contributionId));
  return missing.length === 0 ? cohort : { missing };
}

function byContribution(left: CohortMember, right: CohortMember): number {
  // Ids are hexadecimal, so code units sort them as the ledger's keys do.
  return left.contribution.contributionId < right.contribution.contributionId ? -1 : 1;
}
