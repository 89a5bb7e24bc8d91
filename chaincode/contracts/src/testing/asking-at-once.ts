import {
  VeilsumError,
  parseLedgerMessage,
  type QueryRecord,
  type QueryRequest,
} from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { ask } from './sample-query.js';
import type { TestLedger } from './test-ledger.js';

/**
 * Sends requests that are all decided on the same state before any is committed. One whose commit conflicts
 * is sent again, as clients do.
 * @returns the records in the order of the requests
 */
export async function askAtOnce(
  ledger: TestLedger,
  requests: readonly QueryRequest[],
): Promise<QueryRecord[]> {
  const outcomes = await Promise.allSettled(requests.map((request) => ask(ledger, request)));
  const records: QueryRecord[] = [];
  for (const [position, outcome] of outcomes.entries()) {
    const request = requests[position];
    assert.ok(request !== undefined);
    if (outcome.status === 'rejected') assert.equal(codeOf(outcome.reason), 'MVCC_CONFLICT');
    records.push(outcome.status === 'fulfilled' ? outcome.value : await ask(ledger, request));
  }
  return records;
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof VeilsumError) return error.code;
  return error instanceof Error ? parseLedgerMessage(error.message)?.code : undefined;
}
