import { decodePublicKey } from '@veilsum/crypto';
import type { LedgerBlock } from '@veilsum/ledger';
import {
  VeilsumError,
  type Attempt,
  type AttemptRecord,
  type CommitteeKey,
} from '@veilsum/protocol';
import type { PlannedQuery } from '../query/ledger-view.js';
import { transactionsOf } from './ledger-history.js';
import { LedgerState } from './ledger-state.js';

/**
 * What the ledger knows of a query with a plan, read from its blocks alone: for whoever has an exported
 * ledger and nothing else.
 * @param blocks - from block 0, already replayed
 * @throws {@link VeilsumError} NOT_FOUND, or QUERY_REFUSED when it has no plan
 */
export async function plannedQueryOf(
  blocks: AsyncIterable<LedgerBlock>,
  queryId: string,
): Promise<PlannedQuery> {
  const state = new LedgerState();
  for await (const block of blocks) for (const one of transactionsOf(block)) state.apply(one);
  const record = state.query(queryId);
  if (record === undefined) throw new VeilsumError('NOT_FOUND', `There is no query ${queryId}.`);
  const { plan, planHash, attempt } = record;
  if (plan === undefined || planHash === undefined || attempt === undefined) {
    throw new VeilsumError('QUERY_REFUSED', `Query ${queryId} was refused, so there is no result.`);
  }
  const committeeKey = present(state.objects<CommitteeKey>('committeeKey', plan.keyId)[0]);
  const attempts = [...state.objects<Attempt>('attempt', queryId), attempt];
  return {
    record,
    plan,
    planHash,
    product: present(state.product(plan.productId, plan.productVersion)),
    key: decodePublicKey(committeeKey.record),
    keyholders: committeeKey.keyholders,
    attempts: attempts.map((one) => attemptRecordOf(state, queryId, one)),
  };
}

/** What a plan names was there when it was authorised, and the ledger deletes nothing of that kind. */
function present<Value>(value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new VeilsumError(
    'LEDGER_INTEGRITY',
    'A plan names something that the ledger does not have.',
  );
}

function attemptRecordOf(state: LedgerState, queryId: string, attempt: Attempt): AttemptRecord {
  const of = <Value>(type: string): Value[] =>
    state
      .entries(type, queryId)
      .filter(({ parts }) => Number(parts[1]) === attempt.attempt)
      .map(({ value }) => value as Value);
  return {
    attempt,
    blindings: of<AttemptRecord['blindings'][number]>('blinding'),
    shares: of<AttemptRecord['shares'][number]>('share'),
    refusals: of<AttemptRecord['refusals'][number]>('refusal'),
  };
}
