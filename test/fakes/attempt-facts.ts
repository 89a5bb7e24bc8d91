import {
  authorise,
  openAttempt,
  type AttemptFacts,
  type PlannedQuery,
  type ReleasedFacts,
} from '@veilsum/rules';
import { hashSchema, type Hash, type QueryRecord } from '@veilsum/protocol';
import { SAMPLE_NOW, sampleFacts, sampleHash } from './query-facts.js';

export const SAMPLE_DEADLINES = { blindingMs: 60_000, releaseMs: 120_000, disputeMs: 300_000 };

/** The hash that a word stands for. */
export const hashOf = (word: string): Hash => hashSchema.parse(sampleHash(word));

/** A query that was just authorised: first attempt, blinding round open. */
export function samplePlannedQuery(change: Partial<PlannedQuery> = {}): PlannedQuery {
  const facts = sampleFacts();
  const decision = authorise(facts);
  if (decision.plan === undefined) throw new Error('The sample request is allowed.');
  const record: QueryRecord = {
    queryId: facts.request.queryId,
    analystId: facts.analyst.memberId,
    request: facts.request,
    status: 'authorised',
    verdict: decision.verdict,
    requestedAt: SAMPLE_NOW,
    changedAt: SAMPLE_NOW,
    chargedEpsilonMicro: decision.plan.epsilonMicro,
    settleDeadline: 0,
  };
  return {
    ...record,
    plan: decision.plan,
    planHash: decision.planHash,
    attempt: openAttempt(1, SAMPLE_NOW, SAMPLE_DEADLINES),
    ...change,
  };
}

/** Facts of the first attempt, one second after it opened. */
export function sampleAttemptFacts(change: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    query: samplePlannedQuery(),
    blindings: [],
    shares: [],
    refusals: [],
    committee: { t: 2, l: 3 },
    consortium: { deadlines: SAMPLE_DEADLINES, maxAttempts: 3 },
    now: SAMPLE_NOW + 1000,
    ...change,
  };
}

/** Blinding records of keyholders. */
export const blindingsOf = (...indices: number[]) =>
  indices.map((index) => ({ index, blindingHash: hashOf(`blinding ${index}`) }));

/** A share record of a keyholder for the final block that a word stands for. */
export const shareOf = (index: number, final = 'final') => ({
  index,
  finalHash: hashOf(final),
  shareHash: hashOf(`sealed share ${index}`),
});

export const refusalOf = (index: number) => ({
  index,
  code: 'AGGREGATE_MISMATCH',
  reason: 'The aggregates are not those of the cohort.',
  at: SAMPLE_NOW,
});

/** Facts of an attempt whose A is fixed, ten seconds after that. */
export function sampleOpeningFacts(
  keyholders: readonly number[] = [1, 2, 3],
  change: Partial<AttemptFacts> = {},
): AttemptFacts {
  const query = samplePlannedQuery({ status: 'blinded' });
  return sampleAttemptFacts({
    query: {
      ...query,
      attempt: {
        ...query.attempt,
        state: 'opening',
        keyholders: [...keyholders],
        releaseDeadline: SAMPLE_NOW + 130_000,
      },
    },
    blindings: blindingsOf(...keyholders),
    now: SAMPLE_NOW + 20_000,
    ...change,
  });
}

/** Facts of a query that keyholders 1 and 2 released. */
export function sampleReleasedFacts(change: Partial<ReleasedFacts> = {}): ReleasedFacts {
  const facts = sampleOpeningFacts();
  return {
    ...facts,
    query: { ...facts.query, status: 'released', settleDeadline: SAMPLE_NOW + 400_000 },
    shares: [shareOf(1), shareOf(2)],
    disputes: [],
    ...change,
  };
}
