import { bytesToHex, generateSealingKeyPair, type DealtKey } from '@veilsum/crypto';
import {
  attemptRecordSchema,
  queryRecordSchema,
  queryRequestSchema,
  type AttemptRecord,
  type QueryRecord,
  type QueryRequest,
} from '@veilsum/protocol';
import { SAMPLE_EPOCH, contributeAll, deposit, foundMarket } from './sample-network.js';
import { sampleHash, sampleId } from './sample-objects.js';
import type { TestLedger } from './test-ledger.js';

/** A request for the exact sum of sales of the epoch by region, under a fresh result key. */
export function sampleQuery(
  name: string,
  changes: Partial<Record<keyof QueryRequest, unknown>> = {},
): QueryRequest {
  return queryRequestSchema.parse({
    format: 'veilsum-query/1',
    queryId: sampleId(`query ${name}`),
    productId: 'weekly-sales',
    productVersion: 1,
    epoch: SAMPLE_EPOCH,
    purpose: 'ServiceOptimisation',
    function: 'sum',
    measures: ['sales'],
    groupBy: ['region'],
    where: {},
    span: 'epoch',
    release: 'noisy',
    epsilonMicro: 1_000_000,
    maximumPrice: '5000',
    resultKey: bytesToHex(generateSealingKeyPair().publicKey),
    ...changes,
  });
}

/** The market with three stored contributions and an analyst who has money. */
export async function openMarket(ledger: TestLedger): Promise<DealtKey> {
  const dealt = await foundMarket(ledger);
  await contributeAll(ledger, dealt);
  await deposit(ledger, 'analyst', '100000');
  return dealt;
}

/** Submits a request of the analyst. */
export async function ask(ledger: TestLedger, request: QueryRequest): Promise<QueryRecord> {
  return queryRecordSchema.parse(await ledger.submit('analyst', 'query', 'request', request));
}

/** The record as the ledger has it. */
export async function readQuery(
  ledger: TestLedger,
  { queryId }: Pick<QueryRecord, 'queryId'>,
): Promise<QueryRecord> {
  return queryRecordSchema.parse(await ledger.evaluate('auditor', 'query', 'read', { queryId }));
}

/** What the ledger holds of all attempts at a query. */
export async function readAttempts(
  ledger: TestLedger,
  { queryId }: Pick<QueryRecord, 'queryId'>,
): Promise<AttemptRecord[]> {
  const answer = await ledger.evaluate('auditor', 'query', 'attempts', { queryId });
  return attemptRecordSchema.array().parse(answer);
}

const namedAttempt = ({ queryId, planHash, attempt }: QueryRecord) => ({
  queryId,
  planHash,
  attempt: attempt?.attempt,
});

/** A keyholder records a blinding in the current attempt. */
export function blind(ledger: TestLedger, query: QueryRecord, index: number): Promise<unknown> {
  return ledger.submit(`keyholder-${index}`, 'query', 'commitBlinding', {
    ...namedAttempt(query),
    blindingHash: sampleHash(`blinding ${query.queryId} ${query.attempt?.attempt} ${index}`),
  });
}

/** The sealed bytes that a keyholder is supposed to have, as base64; their hash is what it records. */
export function sealedShareOf(query: QueryRecord, index: number): string {
  return Buffer.from(`sealed share ${index} of ${query.queryId}`).toString('base64');
}

/** A keyholder records its share; the final block follows from the word. */
export function release(
  ledger: TestLedger,
  query: QueryRecord,
  { index, final = 'final' }: { readonly index: number; readonly final?: string },
): Promise<unknown> {
  return ledger.submit(`keyholder-${index}`, 'query', 'releaseShare', {
    ...namedAttempt(query),
    finalHash: sampleHash(final),
    shareHash: sampleHash(Buffer.from(sealedShareOf(query, index), 'base64').toString()),
  });
}

/** Brings an authorised query to its release by two of three keyholders. */
export async function releaseQuery(ledger: TestLedger, query: QueryRecord): Promise<QueryRecord> {
  for (const index of [1, 2, 3]) await blind(ledger, query, index);
  for (const index of [1, 2]) await release(ledger, query, { index });
  return readQuery(ledger, query);
}

/** What an account holds. */
export async function balanceOf(ledger: TestLedger, accountId: string): Promise<string> {
  const account = await ledger.evaluate('auditor', 'account', 'read', { accountId });
  return (account as { balance: string }).balance;
}

/** ε spent of a merchant in the sample epoch, in micro-ε. */
export async function spentOf(ledger: TestLedger, memberId: string): Promise<number> {
  const account = await ledger.evaluate('auditor', 'query', 'budget', {
    memberId,
    budgetGroup: 'sales',
    epoch: SAMPLE_EPOCH,
  });
  return (account as { spentMicro: number }).spentMicro;
}
