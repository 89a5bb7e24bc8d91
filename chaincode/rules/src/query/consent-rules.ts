import type { Product, QueryRequest, RuleOutcome } from '@veilsum/protocol';
import { failed, passed } from '../verdict.js';
import {
  cohortSizes,
  countExclusions,
  describeExclusions,
  type CohortChoice,
} from './cohort-choice.js';
import { epsilonLeftMicro } from './eligibility.js';
import { epsilonText } from './epsilon-text.js';

const CONSENT_TERMS = { rule: 'consent-terms', version: 1 };
const COHORT_SIZE = { rule: 'cohort-size', version: 1 };
const PRIVACY_BUDGET = { rule: 'privacy-budget', version: 1 };
const EXACTNESS = { rule: 'exactness', version: 1 };
const EXACT_COHORT = { rule: 'exact-cohort', version: 1 };

/** At least one consent must allow the use; who stays out and why is said here. */
export function consentTerms(choice: CohortChoice): RuleOutcome {
  const { byTerms, exclusions } = choice.eligibility;
  const inputs = {
    allowing: byTerms.length,
    ...Object.fromEntries(
      Object.entries(countExclusions(choice)).map(([reason, count]) => [
        `excluded:${reason}`,
        count,
      ]),
    ),
  };
  const outcome = `${byTerms.length} contributions come with a consent that allows this use.`;
  const sentence = outcome + describeExclusions(choice);
  return byTerms.length > 0
    ? passed(CONSENT_TERMS, sentence, inputs)
    : failed(
        CONSENT_TERMS,
        { code: 'CONSENT_MISSING', sentence },
        { ...inputs, asked: exclusions.length },
      );
}

/** Enough legal entities, and no more contributions than the product's sizes are made for; ε apart. */
export function cohortSize(product: Product, choice: CohortChoice): RuleOutcome {
  const { byRelease: legalEntities } = cohortSizes(choice);
  const { minCohort, maxContributors } = product;
  const contributions = choice.byRelease.length;
  const inputs = { legalEntities, contributions, minCohort, maxContributors };
  if (legalEntities < minCohort) {
    const sentence = `The product wants at least ${minCohort} legal entities that allow this use; there are ${legalEntities}.`;
    return failed(COHORT_SIZE, { code: 'COHORT_TOO_SMALL', sentence }, inputs);
  }
  if (contributions > maxContributors) {
    const sentence = `${contributions} contributions qualify, and the product is made for at most ${maxContributors}.`;
    return failed(COHORT_SIZE, { code: 'COHORT_TOO_LARGE', sentence }, inputs);
  }
  return passed(COHORT_SIZE, `${legalEntities} legal entities allow this use.`, inputs);
}

/** Those with too little budget stay out; so many may not that the cohort gets too small. */
export function privacyBudget(
  product: Product,
  { epsilonMicro }: QueryRequest,
  choice: CohortChoice,
): RuleOutcome {
  const spent = choice.eligibility.byRelease.length - choice.eligibility.byBudget.length;
  const { byBudget: legalEntities } = cohortSizes(choice);
  const inputs = { epsilonMicro, withoutBudget: spent, legalEntities };
  if (spent === 0 || legalEntities >= product.minCohort) {
    const sentence = `${legalEntities} legal entities have enough privacy budget left.`;
    return passed(PRIVACY_BUDGET, sentence, inputs);
  }
  const largest = largestPassingEpsilonMicro(product, choice);
  const wayOut =
    largest === 0
      ? 'none is left in this epoch'
      : `an ε of ${epsilonText(largest)} would leave enough of them`;
  const sentence = `Only ${legalEntities} legal entities have ε ${epsilonText(epsilonMicro)} left, and ${product.minCohort} are needed; ${wayOut}.`;
  return failed(PRIVACY_BUDGET, { code: 'PRIVACY_BUDGET', sentence }, inputs);
}

/** The most that `minCohort` legal entities each have left; consents that want a larger cohort apart. */
function largestPassingEpsilonMicro(product: Product, choice: CohortChoice): number {
  const leftByEntity = new Map<string, number>();
  for (const member of choice.byRelease) {
    const entity = member.contributor.legalEntityId;
    const left = epsilonLeftMicro(member, product.epsilonPerEpochMicro);
    leftByEntity.set(entity, Math.max(left, leftByEntity.get(entity) ?? 0));
  }
  const descending = [...leftByEntity.values()].sort((left, right) => right - left);
  return descending[product.minCohort - 1] ?? 0;
}

/** An exact release takes consents that say so, as many as the cohort needs. */
export function exactnessAllowed(
  product: Product,
  { release }: QueryRequest,
  choice: CohortChoice,
): RuleOutcome {
  const { byTerms, byRelease } = cohortSizes(choice);
  const inputs = { release, allowingExact: byRelease, allowingNoisy: byTerms };
  if (release === 'noisy') return passed(EXACTNESS, 'The release is noisy.', inputs);
  // When noisy consents would not be enough either, the cohort's size is the reason, not exactness.
  if (byRelease >= product.minCohort || byTerms < product.minCohort) {
    return passed(EXACTNESS, 'Every consent of the cohort allows exact release.', inputs);
  }
  const sentence = `Only ${byRelease} legal entities allow exact release, and ${product.minCohort} are needed; ${byTerms} would allow a noisy one.`;
  return failed(EXACTNESS, { code: 'EXACT_NOT_ALLOWED', sentence }, inputs);
}

/** Exact releases of a product and epoch all have the first one's cohort, since differences of sums are sums. */
export function exactCohortAvailable(choice: CohortChoice): RuleOutcome {
  const { missingFromFixed } = choice;
  if (missingFromFixed === undefined) {
    return passed(EXACT_COHORT, 'No exact release has fixed the cohort.');
  }
  const inputs = { missing: missingFromFixed.join(',') };
  if (missingFromFixed.length === 0) {
    return passed(EXACT_COHORT, 'The cohort is that of the first exact release.', inputs);
  }
  const sentence = `The first exact release fixed the cohort of this epoch, and ${missingFromFixed.length} of its contributions may not be used for this; ask in a way that all of them allow, or about the next epoch.`;
  return failed(EXACT_COHORT, { code: 'EXACT_COHORT_FIXED', sentence }, inputs);
}
