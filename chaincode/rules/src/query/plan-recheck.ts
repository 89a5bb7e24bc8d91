import { encodeCanonicalJson, hashLayout } from '@veilsum/crypto';
import {
  VeilsumError,
  hashSchema,
  type Plan,
  type RuleOutcome,
  type Verdict,
} from '@veilsum/protocol';
import { delegationStands } from '../delegation/delegated-query.js';
import { layoutForProduct } from '../product/product-layout.js';
import {
  audienceIncludes,
  classificationAllows,
  negativeListAllows,
  reviewsApproved,
} from '../rulebook/use-rules.js';
import { failed, passed, verdictOf } from '../verdict.js';
import { committeeKeyActive, membersActive } from './member-rules.js';
import type { PlanFacts } from './plan-facts.js';
import { noiseFits, planPlanes } from './plan-planes.js';
import { NO_RULEBOOK, buildPlan } from './plan.js';
import { purposeAllowed } from './product-rules.js';
import { countedCohort, differenceLargeEnough, groupsLargeEnough } from './release-rules.js';
import { planesFor } from './requested-planes.js';
import { groupsFor } from './result-groups.js';
import {
  cohortStands,
  consentsCovering,
  consentsGiven,
  consentsInDate,
  contributionsStored,
  contributorsActive,
  exactCohortKept,
} from './standing-rules.js';

const PLAN_CONTENT = { rule: 'plan-content', version: 1 };

/**
 * What must still hold for an authorised plan to be opened (docs/protocol.md §6.3): members, key, the
 * rulebook under which it was authorised, classification, reviews, audience, the plan's own content, contributions, consents as they stand now, dates, cohort size,
 * noise, groups, exact cohort, differencing. Every rule is asked, each has a code of its own failure.
 *
 * Keyholders ask it with facts of their own ledger connection and their own clock, the ledger with its
 * own before it records a share.
 */
export function recheckPlan(facts: PlanFacts): Verdict {
  const { product, plan, committeeKey, cohort } = facts;
  const use = { ...facts, groups: plan.groups };
  return verdictOf([
    membersActive(facts),
    committeeKeyActive(facts),
    ...negativeListAllows(use),
    classificationAllows(use),
    ...reviewsApproved(use),
    ...audienceIncludes(facts),
    ...delegationStands(facts),
    purposeAllowed(product, facts.request),
    planContent(facts),
    contributionsStored(facts),
    contributorsActive(facts),
    consentsGiven(facts),
    consentsInDate(facts),
    consentsCovering(facts),
    cohortStands(facts),
    ...(committeeKey === undefined
      ? []
      : [noiseFits(product, plan, { planes: plan.planes, keyholders: committeeKey.record.l })]),
    exactCohortKept(facts),
    groupsLargeEnough(product, plan, { groups: plan.groups, cohort }),
    differenceLargeEnough(product, countedCohort(cohort), facts.countedPlans),
  ]);
}

/** The plan must be the one that the rules make of its request; cohort and price are the ledger's choice. */
function planContent(facts: PlanFacts): RuleOutcome {
  const expected = expectedPlan(facts);
  if (
    expected !== undefined &&
    encodeCanonicalJson(expected) === encodeCanonicalJson(facts.plan) &&
    BigInt(facts.plan.price) <= BigInt(facts.request.maximumPrice)
  ) {
    return passed(PLAN_CONTENT, 'The plan is what the rules make of its request.');
  }
  const sentence = 'The plan is not what the rules make of its request.';
  return failed(PLAN_CONTENT, { code: 'PLAN_MISMATCH', sentence });
}

function expectedPlan(facts: PlanFacts) {
  const { request, plan, product, analyst, committeeKey, rulebook } = facts;
  if (committeeKey === undefined || !isProductOf(plan, product)) return undefined;
  try {
    return buildPlan(request, {
      analyst: analyst.memberId,
      authorisedAt: plan.authorisedAt,
      cohort: [...new Set(plan.cohort)],
      groups: groupsFor(product, request),
      keyId: committeeKey.keyId,
      layoutHash: hashSchema.parse(hashLayout(layoutForProduct(product, committeeKey.record))),
      planes: planPlanes(product, request, planesFor(product, request)),
      price: plan.price,
      rulebookVersion: rulebook?.version ?? NO_RULEBOOK,
    });
  } catch (error) {
    if (error instanceof VeilsumError) return undefined;
    throw error;
  }
}

function isProductOf(plan: Plan, product: PlanFacts['product']): boolean {
  return plan.productId === product.productId && plan.productVersion === product.version;
}
