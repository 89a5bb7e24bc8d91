import { hashLayout } from '@veilsum/crypto';
import { hashSchema, type Hash, type Plan, type Verdict } from '@veilsum/protocol';
import { assess, type Assessment } from './assessment.js';
import type { DataLevel } from '../rulebook/data-level.js';
import type { RequiredReview } from '../rulebook/required-reviews.js';
import { REVIEW } from '../rulebook/use-rules.js';
import { NO_RULEBOOK, buildPlan, hashPlan } from './plan.js';
import type { CohortMember, QueryFacts } from './query-facts.js';

/** A plan that the rules allow, with what the ledger has to keep beside it. */
export interface Authorisation {
  readonly verdict: Verdict;
  readonly plan: Plan;
  readonly planHash: Hash;
  /** In the order of the plan's cohort. */
  readonly cohort: readonly CohortMember[];
  /** Undefined while no rulebook is in force. */
  readonly resultLevel: DataLevel | undefined;
  /** What the subsidy fund adds to the price, minor units. */
  readonly support: bigint;
}

/** A request that at least one rule forbids; the verdict lists every one that does. */
export interface Refusal {
  readonly verdict: Verdict;
  readonly plan?: never;
  /** There when nothing but missing reviews stands against the request: it waits for them. */
  readonly pending?: {
    readonly reviews: readonly RequiredReview[];
    /** Minor units, to be held meanwhile. */
    readonly price: bigint;
    /** What the subsidy fund adds to it, minor units. */
    readonly support: bigint;
  };
}

/**
 * Decides on a request and writes its plan (docs/protocol.md §6.1, docs/ledger.md, Queries).
 * Pure: the same facts give the same bytes on every peer.
 */
export function authorise(facts: QueryFacts): Authorisation | Refusal {
  const assessment = assess(facts);
  const { verdict, cohort, reviews, resultLevel, price, support } = assessment;
  if (verdict.allowed) {
    const plan = planOf(facts, assessment);
    return { verdict, plan, planHash: hashPlan(plan), cohort, resultLevel, support };
  }
  const waits = verdict.trace.every(({ passed, rule }) => passed || rule === REVIEW.rule);
  return waits ? { verdict, pending: { reviews, price, support } } : { verdict };
}

function planOf(facts: QueryFacts, assessed: Assessment): Plan {
  const { request, analyst, now, committeeKey, rulebook } = facts;
  const { cohort, planes, groups, layout, price } = assessed;
  if (committeeKey === undefined || layout === undefined) {
    throw new Error('A request without a committee key was allowed.');
  }
  return buildPlan(request, {
    analyst: analyst.memberId,
    authorisedAt: now,
    cohort: cohort.map(({ contribution }) => contribution.contributionId),
    groups: [...groups],
    keyId: committeeKey.keyId,
    layoutHash: hashSchema.parse(hashLayout(layout)),
    planes: [...planes],
    price: price.toString(),
    rulebookVersion: rulebook?.version ?? NO_RULEBOOK,
  });
}
