import type { ErrorCode, RuleOutcome } from '@veilsum/protocol';
import { failed, passed, type RuleName } from '../verdict.js';
import { brokenTermOf, type ExclusionReason } from './eligibility.js';
import type { PlanFacts, PlannedContribution } from './plan-facts.js';
import { countLegalEntities, type CountedPlan } from './query-facts.js';

const CONTRIBUTIONS_STORED = { rule: 'contributions-stored', version: 1 };
const CONTRIBUTORS_ACTIVE = { rule: 'contributors-active', version: 1 };
const CONSENTS_GIVEN = { rule: 'consents-given', version: 1 };
const CONSENTS_IN_DATE = { rule: 'consents-in-date', version: 1 };
const CONSENTS_COVERING = { rule: 'consents-covering', version: 1 };
const COHORT_STANDS = { rule: 'cohort-size', version: 1 };
const EXACT_COHORT = { rule: 'exact-cohort', version: 1 };

/** Every contribution of the plan must still be stored, under the plan's key and layout. */
export function contributionsStored({ plan, cohort }: PlanFacts): RuleOutcome {
  const usable = new Set(
    cohort
      .map(({ contribution }) => contribution)
      .filter(
        ({ status, keyId, layoutHash, productId, productVersion, epoch }) =>
          status === 'stored' &&
          keyId === plan.keyId &&
          layoutHash === plan.layoutHash &&
          productId === plan.productId &&
          productVersion === plan.productVersion &&
          epoch === plan.epoch,
      )
      .map(({ contributionId }) => contributionId),
  );
  const missing = plan.cohort.filter((contributionId) => !usable.has(contributionId));
  const strangers = cohort.length - (plan.cohort.length - missing.length);
  return judge(CONTRIBUTIONS_STORED, missing.length + strangers, {
    code: 'COHORT_CHANGED',
    good: 'Every contribution of the cohort may be used.',
    bad: 'contributions of the cohort may no longer be used; ask again.',
  });
}

/** Every contributor must still be an active member. */
export function contributorsActive({ cohort }: PlanFacts): RuleOutcome {
  const inactive = cohort.filter(({ contributor }) => contributor.status !== 'active');
  return judge(CONTRIBUTORS_ACTIVE, inactive.length, {
    code: 'MEMBER_NOT_ACTIVE',
    good: 'Every contributor of the cohort is active.',
    bad: 'contributors of the cohort are not active members.',
  });
}

/** No consent of the cohort may have been withdrawn (docs/ledger.md, Consents). */
export function consentsGiven(facts: PlanFacts): RuleOutcome {
  return judge(CONSENTS_GIVEN, countBroken(facts, ['consent-missing', 'consent-withdrawn']), {
    code: 'CONSENT_WITHDRAWN',
    good: 'Every consent of the cohort still stands.',
    bad: 'consents of the cohort were withdrawn; ask again without those contributors.',
  });
}

/** Every consent must be within its dates. */
export function consentsInDate(facts: PlanFacts): RuleOutcome {
  return judge(CONSENTS_IN_DATE, countBroken(facts, ['consent-dates']), {
    code: 'CONSENT_EXPIRED',
    good: 'Every consent of the cohort is within its dates.',
    bad: 'consents of the cohort are outside their dates.',
  });
}

/** A consent that was amended since must allow the use as it stands now. */
export function consentsCovering(facts: PlanFacts): RuleOutcome {
  const broken = countBroken(facts, [
    'consent-purpose',
    'consent-function',
    'consent-recipient',
    'consent-release',
  ]);
  return judge(CONSENTS_COVERING, broken, {
    code: 'CONSENT_NOT_COVERING',
    good: 'Every consent of the cohort allows this use.',
    bad: 'consents of the cohort no longer allow this use.',
  });
}

/** The cohort must meet the largest size that the product or a consent demands, and fit the product. */
export function cohortStands({ product, cohort }: PlanFacts): RuleOutcome {
  const demanded = cohort.reduce(
    (most, { consent }) => Math.max(most, consent?.minCohort ?? 0),
    product.minCohort,
  );
  const legalEntities = countLegalEntities(cohort);
  const inputs = { legalEntities, demanded, contributions: cohort.length };
  if (legalEntities < demanded) {
    const sentence = `The cohort has ${legalEntities} legal entities, and ${demanded} are demanded.`;
    return failed(COHORT_STANDS, { code: 'COHORT_TOO_SMALL', sentence }, inputs);
  }
  if (cohort.length > product.maxContributors) {
    const sentence = `The cohort has ${cohort.length} contributions, and the product is made for at most ${product.maxContributors}.`;
    return failed(COHORT_STANDS, { code: 'COHORT_TOO_LARGE', sentence }, inputs);
  }
  return passed(COHORT_STANDS, `The cohort has ${legalEntities} legal entities.`, inputs);
}

/** All exact plans of a product and epoch have one cohort (docs/protocol.md §6.1). */
export function exactCohortKept({ plan, countedPlans }: PlanFacts): RuleOutcome {
  if (plan.release === 'noisy') return passed(EXACT_COHORT, 'The release is noisy.');
  const others = countedPlans.filter(
    ({ release, cohort }) => release === 'exact' && !isCohortOf(plan.cohort, cohort),
  );
  return judge(EXACT_COHORT, others.length, {
    code: 'EXACT_COHORT_FIXED',
    good: 'Every exact release of the epoch has this cohort.',
    bad: 'exact releases of the epoch have another cohort.',
  });
}

function isCohortOf(ids: readonly string[], cohort: CountedPlan['cohort']): boolean {
  const known = new Set<string>(ids);
  return (
    known.size === cohort.length && cohort.every(({ contributionId }) => known.has(contributionId))
  );
}

function countBroken(facts: PlanFacts, reasons: readonly ExclusionReason[]): number {
  return facts.cohort
    .map((planned) => brokenTerm(planned, facts))
    .filter((reason) => reason !== undefined && reasons.includes(reason)).length;
}

function brokenTerm(
  { consent, contribution }: PlannedContribution,
  facts: PlanFacts,
): ExclusionReason | undefined {
  if (consent?.contributorId !== contribution.contributorId) return 'consent-missing';
  const { plan: request, analyst, delegated, now } = facts;
  return brokenTermOf(consent, { request, analyst, delegated, now });
}

interface Judgement {
  readonly code: ErrorCode;
  readonly good: string;
  /** Follows the number of those at fault. */
  readonly bad: string;
}

function judge(name: RuleName, faults: number, { code, good, bad }: Judgement): RuleOutcome {
  return faults === 0
    ? passed(name, good)
    : failed(name, { code, sentence: `${faults} ${bad}` }, { faults });
}
