import { VeilsumError, type QueryRecord } from '@veilsum/protocol';
import { withAttempt, type AttemptFacts, type PlannedQuery } from './attempt-facts.js';
import { openAttempt, recordedKeyholders } from './blinding-round.js';

/** The next attempt of a query, and what it costs. */
export interface NextAttempt {
  /** The ended attempt, as it is kept. */
  readonly ended: PlannedQuery['attempt'];
  readonly query: PlannedQuery;
  /** Whether every contributor of the cohort is charged the plan's ε again (docs/protocol.md §6.8). */
  readonly chargesEpsilon: boolean;
}

/**
 * Opens the next attempt once the last can no longer succeed: free while no share of it is recorded, at
 * the plan's ε after that, since a recorded share may have been read (docs/protocol.md §6.8).
 * @throws {@link VeilsumError} INVALID_STATE when no attempt is left; DEADLINE_NOT_REACHED
 */
export function nextAttempt(facts: AttemptFacts): NextAttempt {
  const { query, consortium, shares, now } = facts;
  requireUnfinished(query);
  if (!isAttemptOver(facts)) throw tooEarly('The current attempt can still succeed.');
  if (query.attempt.attempt >= consortium.maxAttempts) {
    throw new VeilsumError(
      'INVALID_STATE',
      `All ${consortium.maxAttempts} attempts have been used.`,
    );
  }
  const chargesEpsilon = shares.length > 0;
  const charge = chargesEpsilon ? query.plan.epsilonMicro : 0;
  return {
    ended: { ...query.attempt, state: 'ended' },
    chargesEpsilon,
    query: {
      ...query,
      status: 'authorised',
      changedAt: now,
      chargedEpsilonMicro: query.chargedEpsilonMicro + charge,
      attempt: openAttempt(query.attempt.attempt + 1, now, consortium.deadlines),
    },
  };
}

/** Whether an attempt has ended, or its deadline passed without what it takes to go on. */
export function isAttemptOver(facts: AttemptFacts): boolean {
  const { query, committee, now } = facts;
  const { state, blindingDeadline, releaseDeadline } = query.attempt;
  if (state === 'ended') return true;
  if (state === 'opening') return query.status !== 'released' && now > releaseDeadline;
  return now > blindingDeadline && recordedKeyholders(facts).length < committee.t;
}

/** Who ends a query, and whether its plan still stands. */
export interface ExpiryRequest {
  readonly byAnalyst: boolean;
  /** Whether `recheckPlan` forbids the plan now, e.g. since a consent was withdrawn. */
  readonly stopped: boolean;
  /** Whether a share was recorded in any attempt. */
  readonly anyShare: boolean;
}

/** How a query ends without a result; the escrow goes back to the analyst in any case. */
export interface Expiry {
  readonly query: PlannedQuery;
  /** Whether ε, uses of consents and a fixed exact cohort are given back: only if no share was recorded. */
  readonly givesBack: boolean;
}

/**
 * Ends a query that got no result (docs/protocol.md §6.8). At once when its plan no longer stands. When
 * an attempt is over, the analyst may give up; anyone may once no attempt is left, or when nobody went on
 * for another round's time, so that a stranger cannot end a query which is merely late.
 * @throws {@link VeilsumError} INVALID_STATE when it has ended or been released; DEADLINE_NOT_REACHED
 */
export function expireQuery(facts: AttemptFacts, request: ExpiryRequest): Expiry {
  const { query, now } = facts;
  requireUnfinished(query);
  if (!request.stopped && !mayExpire(facts, request)) {
    throw tooEarly('The query can still get a result.');
  }
  const ended = withAttempt(query, { state: 'ended' });
  return {
    givesBack: !request.anyShare,
    query: {
      ...ended,
      status: request.stopped ? 'failed' : 'expired',
      changedAt: now,
      chargedEpsilonMicro: request.anyShare ? query.chargedEpsilonMicro : 0,
    },
  };
}

function mayExpire(facts: AttemptFacts, { byAnalyst }: ExpiryRequest): boolean {
  const { query, consortium, now } = facts;
  const { blindingDeadline, releaseDeadline, attempt } = query.attempt;
  const { blindingMs, releaseMs } = consortium.deadlines;
  const exhausted = attempt >= consortium.maxAttempts;
  if (isAttemptOver(facts) && (byAnalyst || exhausted)) return true;
  return now > Math.max(blindingDeadline, releaseDeadline) + blindingMs + releaseMs;
}

const unfinished: readonly QueryRecord['status'][] = ['authorised', 'blinded'];

function requireUnfinished({ status }: QueryRecord): void {
  if (unfinished.includes(status)) return;
  throw new VeilsumError('INVALID_STATE', `The query is ${status}.`);
}

function tooEarly(sentence: string): VeilsumError {
  return new VeilsumError('DEADLINE_NOT_REACHED', sentence);
}
