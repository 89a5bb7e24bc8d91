import { randomBytes } from 'node:crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  queryRequestSchema,
  quoteSchema,
  VeilsumError,
  type Certificate,
  type Plan,
  type QueryRecord,
  type QueryRequest,
  type Quote,
} from '@veilsum/protocol';
import type { Session } from '../session/session.js';
import { AskedQuery } from './asked-query.js';
import { readPlannedQuery, readQuery, type PlannedQuery } from './ledger-view.js';
import { openQuery } from './opening.js';
import { verifyResult, type VerifiedResult } from './verification.js';

/** A question as a person puts it; the ids and keys are made here. */
export type Question = Omit<QueryRequest, 'format' | 'queryId' | 'resultKey'>;

/** An opened and checked result with what the ledger says of it. */
export interface QueryResult {
  readonly record: QueryRecord;
  readonly plan: Plan;
  readonly result: VerifiedResult;
  readonly certificate: Certificate;
  readonly cheaters: readonly string[];
  readonly query: PlannedQuery;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly onStatus?: (record: QueryRecord) => void;
}

const POLL_MS = 100;

/** @returns what the ledger would say now; nothing is written or charged */
export async function quoteQuestion(session: Session, question: Question): Promise<Quote> {
  const request: QueryRequest = queryRequestSchema.parse({
    format: 'veilsum-query/1',
    ...question,
    queryId: randomBytes(16).toString('hex'),
    resultKey: session.identity.boxPublicKey,
  });
  return await askLedger(session.ledger, 'query:quote', request, quoteSchema);
}

/**
 * Puts a question to the ledger. The result key's secret is on disk before.
 * @returns the record, authorised or refused
 */
export async function submitQuestion(session: Session, question: Question): Promise<QueryRecord> {
  const queryId = randomBytes(16).toString('hex');
  const asked = new AskedQuery(session, queryId);
  const request: QueryRequest = queryRequestSchema.parse({
    format: 'veilsum-query/1',
    ...question,
    queryId,
    resultKey: await asked.createResultKey(),
  });
  const commit = await tellLedger(session.ledger, 'query:request', request);
  return commit.result as unknown as QueryRecord;
}

/**
 * Waits until a query is released, opens it, checks it, keeps its certificate and accepts it, which
 * settles its price. May be called again after any failure.
 * @throws {@link VeilsumError} QUERY_REFUSED, DEADLINE_PASSED when it ended without a result, REVIEW_LAPSED,
 * SHARES_INSUFFICIENT when it was not released in time, REVIEW_REQUIRED when it was not reviewed
 */
export async function receiveResult(
  session: Session,
  queryId: string,
  wait: WaitOptions,
): Promise<QueryResult> {
  await waitUntilReleased(session, queryId, wait);
  const asked = new AskedQuery(session, queryId);
  const query = await readPlannedQuery(session.ledger, queryId);
  const kept = await asked.certificate();
  const opened =
    kept === undefined
      ? await openWithPatience(session, query, asked, wait.timeoutMs)
      : { certificate: kept, cheaters: [] };
  const result = verifyResult(query, opened.certificate);
  await asked.keepCertificate(opened.certificate);
  if (query.record.status === 'released') {
    await tellLedger(session.ledger, 'query:accept', { queryId });
  }
  const record = await readQuery(session.ledger, queryId);
  return { record, plan: query.plan, result, query, ...opened };
}

async function waitUntilReleased(
  session: Session,
  queryId: string,
  { timeoutMs, onStatus }: WaitOptions,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let shown = '';
  for (;;) {
    const record = await readQuery(session.ledger, queryId);
    const status = `${record.status}/${record.attempt?.attempt ?? 0}`;
    if (status !== shown) onStatus?.(record);
    shown = status;
    if (record.status === 'released' || record.status === 'settled') return;
    requireAlive(record);
    if (Date.now() > deadline) {
      throw new VeilsumError(
        record.status === 'reviewing' ? 'REVIEW_REQUIRED' : 'SHARES_INSUFFICIENT',
        `Query ${queryId} is still ${record.status}; "veilsum query result ${queryId}" goes on later.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function requireAlive(record: QueryRecord): void {
  if (record.status === 'refused') {
    throw new VeilsumError(
      'QUERY_REFUSED',
      `Query ${record.queryId} was refused: ${failuresOf(record)}`,
    );
  }
  if (record.review?.status === 'lapsed') {
    throw new VeilsumError('REVIEW_LAPSED', `Query ${record.queryId}: ${failuresOf(record)}`);
  }
  if (record.status === 'expired' || record.status === 'failed') {
    throw new VeilsumError(
      'DEADLINE_PASSED',
      `Query ${record.queryId} ended without a result (${record.status}); its price was refunded.`,
    );
  }
}

function failuresOf({ verdict }: QueryRecord): string {
  return verdict.trace
    .filter(({ passed }) => !passed)
    .map(({ sentence }) => sentence)
    .join(' ');
}

/** The ledger knows of a share before the gateway has its bytes, so a missing one is asked for again. */
async function openWithPatience(
  session: Session,
  query: PlannedQuery,
  asked: AskedQuery,
  timeoutMs: number,
) {
  const resultKey = await asked.resultKey();
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await openQuery(query, session.gateway, resultKey);
    } catch (error) {
      const passing =
        error instanceof VeilsumError &&
        ['SHARES_INSUFFICIENT', 'NOT_FOUND', 'GATEWAY_UNAVAILABLE'].includes(error.code);
      if (!passing || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
