import { hashCanonicalJson } from '@veilsum/crypto';
import {
  hashSchema,
  planSchema,
  type ContributionId,
  type Hash,
  type Plan,
  type QueryRequest,
} from '@veilsum/protocol';

/** Rulebook version of a plan that was made while none was in force. */
export const NO_RULEBOOK = 0;

/** What a plan holds beyond its request. */
export type PlanDecision = Pick<
  Plan,
  | 'analyst'
  | 'authorisedAt'
  | 'groups'
  | 'keyId'
  | 'layoutHash'
  | 'planes'
  | 'price'
  | 'rulebookVersion'
> & {
  /** In any order, none twice. */
  readonly cohort: readonly ContributionId[];
};

/** The plan of a request, exactly as docs/protocol.md §6.1 writes it. */
export function buildPlan(request: QueryRequest, decision: PlanDecision): Plan {
  const { analyst, authorisedAt, groups, keyId, layoutHash, planes, price } = decision;
  return planSchema.parse({
    analyst,
    authorisedAt,
    cohort: [...decision.cohort].sort(),
    epoch: request.epoch,
    epsilonMicro: request.epsilonMicro,
    format: 'veilsum-plan/1',
    function: request.function,
    groups,
    keyId,
    layoutHash,
    planes,
    price,
    productId: request.productId,
    productVersion: request.productVersion,
    purpose: request.purpose,
    queryId: request.queryId,
    release: request.release,
    resultKey: request.resultKey,
    rulebookVersion: decision.rulebookVersion,
  } satisfies Plan);
}

/** `planHash`: SHA-256 of the plan's canonical JSON (docs/protocol.md §6.1). */
export function hashPlan(plan: Plan): Hash {
  return hashSchema.parse(hashCanonicalJson(plan));
}
