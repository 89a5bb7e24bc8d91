import type { QueryRecord } from '@veilsum/protocol';
import { queries } from './query-objects.js';
import type { TransactionCall } from './transaction-call.js';

/** Writes a query and tells everyone. */
export async function writeQuery<Query extends QueryRecord>(
  call: Pick<TransactionCall, 'emit' | 'state'>,
  query: Query,
): Promise<Query> {
  await call.state.put(queries, [query.queryId], query);
  announceQuery(call, query);
  return query;
}

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
