import {
  VeilsumError,
  type Attempt,
  type AttemptRecord,
  type CommitteeKey,
  type Consortium,
  type Hash,
  type MemberId,
  type QueryRecord,
} from '@veilsum/protocol';

/** A query that has a plan and a current attempt. */
export interface PlannedQuery extends QueryRecord {
  readonly plan: NonNullable<QueryRecord['plan']>;
  readonly planHash: Hash;
  readonly attempt: Attempt;
}

/** All that a step of an attempt depends on (docs/protocol.md §6.4–6.8). */
export interface AttemptFacts {
  readonly query: PlannedQuery;
  /** What keyholders recorded in the current attempt. */
  readonly blindings: AttemptRecord['blindings'];
  readonly shares: AttemptRecord['shares'];
  readonly refusals: AttemptRecord['refusals'];
  readonly committee: Pick<CommitteeKey['record'], 't' | 'l'>;
  readonly consortium: Pick<Consortium, 'deadlines' | 'maxAttempts'>;
  /** Ledger time in milliseconds since 1970. */
  readonly now: number;
}

/** What a step does to a query. */
export interface AttemptStep {
  /** The query afterwards. */
  readonly query: PlannedQuery;
  /** False for a repeat of what is recorded already, which changes nothing. */
  readonly changed: boolean;
}

/** @throws {@link VeilsumError} INVALID_STATE when the query was refused */
export function requirePlanned(query: QueryRecord): PlannedQuery {
  const { plan, planHash, attempt } = query;
  if (plan === undefined || planHash === undefined || attempt === undefined) {
    throw new VeilsumError('INVALID_STATE', 'The query was refused, so there is nothing to open.');
  }
  return { ...query, plan, planHash, attempt };
}

/**
 * Index of a keyholder: its position among the keyholders of the committee key, from 1.
 * @throws {@link VeilsumError} FORBIDDEN when the member is not one of them
 */
export function keyholderIndex(key: Pick<CommitteeKey, 'keyholders'>, memberId: MemberId): number {
  const position = key.keyholders.indexOf(memberId);
  if (position < 0) {
    throw new VeilsumError(
      'FORBIDDEN',
      `The member ${memberId} is no keyholder of the key of this query.`,
    );
  }
  return position + 1;
}

/**
 * The caller must speak of the plan that was charged and of the current attempt.
 * @throws {@link VeilsumError} PLAN_MISMATCH or ATTEMPT_MISMATCH
 */
export function requireCurrentAttempt(
  { planHash, attempt }: PlannedQuery,
  named: { readonly planHash: Hash; readonly attempt: number },
): void {
  if (named.planHash !== planHash) {
    throw new VeilsumError('PLAN_MISMATCH', 'The plan hash is not the one that was charged.');
  }
  if (named.attempt !== attempt.attempt) {
    throw new VeilsumError(
      'ATTEMPT_MISMATCH',
      `The current attempt is ${attempt.attempt}, not ${named.attempt}.`,
    );
  }
}

/** @throws {@link VeilsumError} INVALID_STATE unless the attempt is in the state and the query in a status */
export function requireAttemptState(
  { status, attempt }: PlannedQuery,
  state: Attempt['state'],
  statuses: readonly QueryRecord['status'][],
): void {
  if (attempt.state === state && statuses.includes(status)) return;
  throw new VeilsumError(
    'INVALID_STATE',
    `The query is ${status} and its attempt ${attempt.state}; this takes an attempt that is ${state}.`,
  );
}

/** @throws {@link VeilsumError} INVALID_STATE when the keyholder has refused this attempt */
export function requireNotRefused({ refusals }: AttemptFacts, index: number): void {
  if (!refusals.some((refusal) => refusal.index === index)) return;
  throw new VeilsumError('INVALID_STATE', `Keyholder ${index} has refused this attempt.`);
}

/** The query with its attempt changed. */
export function withAttempt(query: PlannedQuery, change: Partial<Attempt>): PlannedQuery {
  return { ...query, attempt: { ...query.attempt, ...change } };
}
