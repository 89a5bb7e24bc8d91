import { ParameterError, hashLayout, type Layout } from '@veilsum/crypto';
import type { RuleOutcome, Verdict } from '@veilsum/protocol';
import { citedQuestionsAnswered } from '../oversight/question-rules.js';
import { delegationAllows, delegationStands } from '../delegation/delegated-query.js';
import { layoutForProduct } from '../product/product-layout.js';
import { goalAskedFor } from '../publication/goal-rules.js';
import { priceSupport, priceSupportOutcome } from '../reward/subsidy.js';
import { priceOf } from '../settlement/price.js';
import { levelOfResult, type DataLevel } from '../rulebook/data-level.js';
import { requiredReviews, type RequiredReview } from '../rulebook/required-reviews.js';
import {
  audienceIncludes,
  classificationAllows,
  isForAskers,
  negativeListAllows,
  reviewsApproved,
} from '../rulebook/use-rules.js';
import { verdictOf } from '../verdict.js';
import { chooseCohort, type CohortChoice } from './cohort-choice.js';
import {
  cohortSize,
  consentTerms,
  exactCohortAvailable,
  exactnessAllowed,
  privacyBudget,
} from './consent-rules.js';
import { committeeKeyActive, membersActive } from './member-rules.js';
import { priceAccepted, priceHeld, resultKeyUsable } from './payment-rules.js';
import { noiseFits, planPlanes, type PlanPlane } from './plan-planes.js';
import { epochOf, groupsOf, planesOf, purposeAllowed } from './product-rules.js';
import { countLegalEntities, type CohortMember, type QueryFacts } from './query-facts.js';
import { countedCohort, differenceLargeEnough, groupsLargeEnough } from './release-rules.js';
import type { Group } from './result-groups.js';

/** What the rules say to a request, and what a plan of it would hold; a quote shows the same. */
export interface Assessment {
  /** Every rule that could be asked, in the order of docs/ledger.md, Queries. */
  readonly verdict: Verdict;
  /** Sorted by contributionId. */
  readonly cohort: readonly CohortMember[];
  /** Empty when the product does not answer the request. */
  readonly planes: readonly PlanPlane[];
  readonly groups: readonly Group[];
  /** undefined without a committee key. */
  readonly layout: Layout | undefined;
  /** Minor units. */
  readonly price: bigint;
  /** What the subsidy fund adds to it, minor units. */
  readonly support: bigint;
  /** Review points that the use has to pass, whether they approved it or not. */
  readonly reviews: readonly RequiredReview[];
  /** Level of the result; undefined while no rulebook is in force. */
  readonly resultLevel: DataLevel | undefined;
}

/**
 * Asks all rules; those whose input an earlier one found missing are left out of the trace. Who is outside
 * the audience of a product learns nothing of what was contributed to it.
 */
export function assess(facts: QueryFacts): Assessment {
  const { request, product } = facts;
  if (!isForAskers(facts)) return assessOutsider(facts);
  const layout = layoutOf(facts);
  const choice = choiceOf(facts, layout);
  const { cohort } = choice;
  const planes = planesOf(product, request);
  const groups = groupsOf(product, request);
  const use = { ...facts, groups: groups.value ?? [] };
  const price = priceOf(
    BigInt(product.price),
    cohort.map(({ consent }) => BigInt(consent.minimumPricePerUse)),
    facts.contributorsBps,
  );
  const support = priceSupport(price, facts.priceSupport);
  const planned = planes.value === undefined ? [] : planPlanes(product, request, planes.value);
  const trace: RuleOutcome[] = [
    membersActive(facts),
    committeeKeyActive(facts),
    ...negativeListAllows(use),
    classificationAllows(use),
    ...reviewsApproved(use),
    ...audienceIncludes(facts),
    purposeAllowed(product, request),
    epochOf(product, request).outcome,
    planes.outcome,
    groups.outcome,
    consentTerms(choice),
    cohortSize(product, choice),
    privacyBudget(product, request, choice),
    ...noiseRules(facts, planned),
    exactnessAllowed(product, request, choice),
    exactCohortAvailable(choice),
    ...releaseRules(facts, cohort, groups.value ?? []),
    resultKeyUsable(request, facts.resultKeyUsed),
    ...citedQuestionsAnswered(facts.citedQuestions),
    ...rewardRules(facts, price),
    ...delegationAllows(facts, price - support),
    priceAccepted(request, price - support),
    priceHeld(request, facts.spendable, price - support),
  ];
  const found = { cohort, planes: planned, groups: use.groups, layout, price, support };
  return { verdict: verdictOf(trace), ...found, ...ruledBy(facts, found) };
}

function assessOutsider(facts: QueryFacts): Assessment {
  const trace = [
    membersActive(facts),
    committeeKeyActive(facts),
    ...audienceIncludes(facts),
    ...delegationStands(facts),
  ];
  const nothing = {
    cohort: [],
    planes: [],
    groups: [],
    layout: undefined,
    price: 0n,
    support: 0n,
  };
  return { verdict: verdictOf(trace), ...nothing, reviews: [], resultLevel: undefined };
}

/** What the rulebook in force says besides whether the use is allowed. */
function ruledBy(
  facts: QueryFacts,
  { cohort, groups }: Pick<Assessment, 'cohort' | 'groups'>,
): Pick<Assessment, 'reviews' | 'resultLevel'> {
  const { rulebook, product, request } = facts;
  if (rulebook === undefined) return { reviews: [], resultLevel: undefined };
  const result = {
    release: request.release,
    cohortSize: countLegalEntities(cohort),
    leastGroupCells: groups.reduce(
      (least, { cells }) => Math.min(least, cells.length),
      groups[0]?.cells.length ?? 0,
    ),
  };
  return {
    reviews: requiredReviews(rulebook, { ...facts, groups }),
    resultLevel: levelOfResult(product, result, rulebook),
  };
}

function choiceOf(facts: QueryFacts, layout: Layout | undefined): CohortChoice {
  const { request, analyst, delegated, now, product, committeeKey } = facts;
  const terms = {
    request,
    analyst,
    delegated,
    now,
    keyId: committeeKey?.keyId,
    layoutHash: layout === undefined ? undefined : hashLayout(layout),
    productEpsilonMicro: product.epsilonPerEpochMicro,
  };
  return chooseCohort(facts.candidates, terms, facts.countedPlans);
}

/** A product that does not fit the key has no layout, so no contribution fits it either. */
function layoutOf({ product, committeeKey }: QueryFacts): Layout | undefined {
  if (committeeKey === undefined) return undefined;
  try {
    return layoutForProduct(product, committeeKey.record);
  } catch (error) {
    if (error instanceof ParameterError) return undefined;
    throw error;
  }
}

/** What a goal and the subsidy fund have to say; nothing to requests that touch neither. */
function rewardRules({ request, goal, priceSupport: terms }: QueryFacts, price: bigint) {
  return [
    ...(request.goalId === undefined ? [] : [goalAskedFor(request, goal)]),
    ...(terms === undefined ? [] : [priceSupportOutcome(price, terms)]),
  ];
}

function noiseRules(
  { product, request, committeeKey }: QueryFacts,
  planes: readonly PlanPlane[],
): RuleOutcome[] {
  if (planes.length === 0 || committeeKey === undefined) return [];
  return [noiseFits(product, request, { planes, keyholders: committeeKey.record.l })];
}

/** Without a cohort there is nothing that could be shown, and its size has been refused already. */
function releaseRules(
  { product, request, countedPlans }: QueryFacts,
  cohort: readonly CohortMember[],
  groups: readonly Group[],
): RuleOutcome[] {
  if (cohort.length === 0) return [];
  return [
    ...(groups.length === 0 ? [] : [groupsLargeEnough(product, request, { groups, cohort })]),
    differenceLargeEnough(product, countedCohort(cohort), countedPlans),
  ];
}
