import type { AttemptRecord, Hash, Plan, QueryRecord, ShareDispute } from '@veilsum/protocol';

/** A query that the ledger authorised, at its current attempt, as one keyholder sees it. */
export interface OpenAttempt {
  readonly record: QueryRecord;
  readonly plan: Plan;
  readonly planHash: Hash;
  readonly attempt: AttemptRecord;
  /** How often the ledger must have charged the plan's ε by now, at least (docs/protocol.md §6.8). */
  readonly chargesDue: number;
  /** Shares of this attempt that the analyst reported missing. */
  readonly disputes: readonly ShareDispute[];
}

/**
 * What a keyholder has to do next for a query. `rest`: nothing, until the ledger or the clock moves.
 * `commit`: check, blind and record the blinding. `open`: A is fixed; show the blinding, build the
 * final blocks and record the share. `handOver`: the share is recorded; bring it to the gateway.
 * `answer`: the analyst says that it did not come; post it on the ledger.
 */
export type Task = 'rest' | 'commit' | 'open' | 'handOver' | 'answer';

/** Statuses in which a keyholder can still have something to do. */
const openStatuses: ReadonlySet<string> = new Set(['authorised', 'blinded', 'released']);

/** Whether a query is one to look at on a scan. */
export function isOpen(record: QueryRecord): boolean {
  return openStatuses.has(record.status);
}

/** The current attempt of an open query, or undefined when there is none to take part in. */
export function openAttempt(
  record: QueryRecord,
  attempts: readonly AttemptRecord[],
  disputes: readonly ShareDispute[],
): OpenAttempt | undefined {
  const { plan, planHash } = record;
  const number = record.attempt?.attempt;
  const attempt = attempts.find((one) => one.attempt.attempt === number);
  if (!isOpen(record) || plan === undefined || planHash === undefined || attempt === undefined) {
    return undefined;
  }
  return {
    record,
    plan,
    planHash,
    attempt,
    chargesDue: chargesDueAt(attempts, attempt.attempt.attempt),
    disputes: disputes.filter((dispute) => dispute.attempt === number),
  };
}

/** The first attempt is charged, and each that follows one with a recorded share. */
function chargesDueAt(attempts: readonly AttemptRecord[], current: number): number {
  const isFollowed = ({ attempt, shares }: AttemptRecord) =>
    attempt.attempt < current && shares.length > 0;
  return 1 + attempts.filter(isFollowed).length;
}

/**
 * The next task, a pure function of the ledger and the keyholder's own clock, so that after any crash
 * it comes out the same.
 *
 * @param index the keyholder's own index, from 1
 * @param now milliseconds of the own clock
 */
export function nextTask(open: OpenAttempt, index: number, now: number): Task {
  const { attempt, disputes } = open;
  const isOwn = (entry: { readonly index: number }) => entry.index === index;
  if (attempt.shares.some(isOwn)) {
    const isDue = disputes.some(
      (dispute) => isOwn(dispute) && dispute.status === 'open' && now <= dispute.answerDeadline,
    );
    return isDue ? 'answer' : 'handOver';
  }
  if (attempt.refusals.some(isOwn)) return 'rest';
  return attempt.attempt.state === 'blinding'
    ? blindingTask(attempt, index, now)
    : openingTask(attempt, index, now);
}

function blindingTask({ attempt, blindings }: AttemptRecord, index: number, now: number): Task {
  const isRecorded = blindings.some((blinding) => blinding.index === index);
  return !isRecorded && now <= attempt.blindingDeadline ? 'commit' : 'rest';
}

function openingTask({ attempt }: AttemptRecord, index: number, now: number): Task {
  const { state, keyholders, releaseDeadline } = attempt;
  const isSeated = state === 'opening' && keyholders.includes(index);
  return isSeated && now <= releaseDeadline ? 'open' : 'rest';
}
