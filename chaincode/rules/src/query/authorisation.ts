import { hashLayout } from '@veilsum/crypto';
import { hashSchema, type Hash, type Plan, type Verdict } from '@veilsum/protocol';
import { assess, type Assessment } from './assessment.js';
import { buildPlan, hashPlan } from './plan.js';
import type { CohortMember, QueryFacts } from './query-facts.js';

/** A plan that the rules allow, with what the ledger has to keep beside it. */
export interface Authorisation {
  readonly verdict: Verdict;
  readonly plan: Plan;
  readonly planHash: Hash;
  /** In the order of the plan's cohort. */
  readonly cohort: readonly CohortMember[];
}

/** A request that at least one rule forbids; the verdict lists every one that does. */
export interface Refusal {
  readonly verdict: Verdict;
  readonly plan?: never;
}

/**
 * Decides on a request and writes its plan (docs/protocol.md §6.1, docs/ledger.md, Queries).
 * Pure: the same facts give the same bytes on every peer.
 */
export function authorise(facts: QueryFacts): Authorisation | Refusal {
  const assessment = assess(facts);
  const { verdict, cohort } = assessment;
  if (!verdict.allowed) return { verdict };
  const plan = planOf(facts, assessment);
  return { verdict, plan, planHash: hashPlan(plan), cohort };
}

function planOf({ request, analyst, now, committeeKey }: QueryFacts, assessed: Assessment): Plan {
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
  });
}
