import type { ContributionId } from '@veilsum/protocol';
import { exactCohortOf, fixedExactCohort, stableCohort } from './cohort.js';
import {
  eligibilityOf,
  exclusionReasons,
  type Eligibility,
  type EligibilityTerms,
  type ExclusionReason,
} from './eligibility.js';
import {
  countLegalEntities,
  type CohortCandidate,
  type CohortMember,
  type CountedPlan,
} from './query-facts.js';

/** Which contributions a request may use, and which stay out and why. */
export interface CohortChoice {
  /** Sorted by contributionId; empty when a fixed cohort is not available. */
  readonly cohort: readonly CohortMember[];
  readonly eligibility: Eligibility;
  /** Stable cohort as far as consents allow the use, release and ε apart. */
  readonly byTerms: readonly CohortMember[];
  /** The same with the release allowed, ε apart. */
  readonly byRelease: readonly CohortMember[];
  /** The same with enough privacy budget; an exact cohort that was fixed earlier is not applied to it. */
  readonly byBudget: readonly CohortMember[];
  /** Contributions of the fixed exact cohort that may not be used now; undefined when none was fixed. */
  readonly missingFromFixed: readonly ContributionId[] | undefined;
}

/** Chooses the cohort of a request (docs/protocol.md §6.1). */
export function chooseCohort(
  candidates: readonly CohortCandidate[],
  terms: EligibilityTerms,
  countedPlans: readonly CountedPlan[],
): CohortChoice {
  const eligibility = eligibilityOf(candidates, terms);
  const byBudget = stableCohort(eligibility.byBudget);
  return {
    eligibility,
    byTerms: stableCohort(eligibility.byTerms),
    byRelease: stableCohort(eligibility.byRelease),
    byBudget,
    ...applyFixedCohort({ eligibility, byBudget }, terms, countedPlans),
  };
}

function applyFixedCohort(
  { eligibility, byBudget }: Pick<CohortChoice, 'eligibility' | 'byBudget'>,
  { request }: EligibilityTerms,
  countedPlans: readonly CountedPlan[],
): Pick<CohortChoice, 'cohort' | 'missingFromFixed'> {
  const fixed = request.release === 'exact' ? fixedExactCohort(countedPlans) : undefined;
  if (fixed === undefined) return { cohort: byBudget, missingFromFixed: undefined };
  const found = exactCohortOf(eligibility.byBudget, fixed);
  return 'missing' in found
    ? { cohort: [], missingFromFixed: found.missing }
    : { cohort: found, missingFromFixed: [] };
}

/** How many candidates each reason keeps out, those included who leave because a consent wants a larger cohort. */
export function countExclusions({
  eligibility,
  byBudget,
}: CohortChoice): Partial<Record<ExclusionReason, number>> {
  const counts: Partial<Record<ExclusionReason, number>> = {};
  for (const { reason } of eligibility.exclusions) counts[reason] = (counts[reason] ?? 0) + 1;
  const leaving = eligibility.byBudget.length - byBudget.length;
  return leaving === 0 ? counts : { ...counts, 'consent-cohort': leaving };
}

/** Exclusions as a sentence; empty when there are none. */
export function describeExclusions(choice: CohortChoice): string {
  const counts = countExclusions(choice);
  const parts = Object.entries(exclusionReasons).flatMap(([reason, text]) => {
    const count = counts[reason as ExclusionReason];
    return count === undefined ? [] : [`${count} ${text}`];
  });
  return parts.length === 0 ? '' : ` Left out: ${parts.join('; ')}.`;
}

/** Legal entities of each step of a choice. */
export function cohortSizes(choice: CohortChoice) {
  return {
    byTerms: countLegalEntities(choice.byTerms),
    byRelease: countLegalEntities(choice.byRelease),
    byBudget: countLegalEntities(choice.byBudget),
    cohort: countLegalEntities(choice.cohort),
  };
}
