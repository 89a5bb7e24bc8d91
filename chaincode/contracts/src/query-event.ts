import type { QueryRecord } from '@veilsum/protocol';
import type { TransactionCall } from './transaction-call.js';

/** Sets the event that tells everyone where a query stands. */
export function announceQuery(
  { emit }: Pick<TransactionCall, 'emit'>,
  { queryId, status, attempt }: QueryRecord,
): void {
  emit(
    'queryChanged',
    attempt === undefined
      ? { queryId, status }
      : { queryId, status, attempt: attempt.attempt, attemptState: attempt.state },
  );
}
