import type { AttemptRecord, Hash, Plan, QueryRecord } from '@veilsum/protocol';

/** A query that the ledger authorised, at its current attempt, as one keyholder sees it. */
export interface OpenAttempt {
  readonly record: QueryRecord;
  readonly plan: Plan;
  readonly planHash: Hash;
  readonly attempt: AttemptRecord;
}

/**
 * What a keyholder has to do next for a query. `rest`: nothing, until the ledger or the clock moves.
 * `commit`: check, blind and record the blinding. `open`: A is fixed; show the blinding, build the
 * final blocks and record the share. `handOver`: the share is recorded; bring it to the gateway.
 */
export type Task = 'rest' | 'commit' | 'open' | 'handOver';

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
): OpenAttempt | undefined {
  const { plan, planHash } = record;
  const number = record.attempt?.attempt;
  const attempt = attempts.find((one) => one.attempt.attempt === number);
  if (!isOpen(record) || plan === undefined || planHash === undefined || attempt === undefined) {
    return undefined;
  }
  return { record, plan, planHash, attempt };
}

/**
 * The next task, a pure function of the ledger and the keyholder's own clock, so that after any crash
 * it comes out the same.
 *
 * @param index the keyholder's own index, from 1
 * @param now milliseconds of the own clock
 */
export function nextTask({ attempt }: OpenAttempt, index: number, now: number): Task {
  const own = (entry: { readonly index: number }) => entry.index === index;
  if (attempt.shares.some(own)) return 'handOver';
  if (attempt.refusals.some(own)) return 'rest';
  const { state, blindingDeadline, releaseDeadline, keyholders } = attempt.attempt;
  if (state === 'blinding') {
    const isDue = !attempt.blindings.some(own) && now <= blindingDeadline;
    return isDue ? 'commit' : 'rest';
  }
  const isSeated = state === 'opening' && keyholders.includes(index) && now <= releaseDeadline;
  return isSeated ? 'open' : 'rest';
}
