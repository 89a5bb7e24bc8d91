import type {
  AttemptRecord,
  BlindingCommitment,
  KeyholderRefusal,
  QueryId,
  QueryRecord,
  ShareRelease,
} from '@veilsum/protocol';
import {
  closeBlinding,
  commitBlinding,
  keyholderIndex,
  recheckPlan,
  recordRefusal,
  recordShare,
  requireAllowed,
  requireCurrentAttempt,
  requirePlanned,
  type AttemptFacts,
  type AttemptStep,
  type PlannedQuery,
} from '@veilsum/rules';
import { committeeKeys, consortia, epochReleases } from './ledger-objects.js';
import { announceQuery } from './query-event.js';
import { readPlanFacts } from './query-facts.js';
import {
  attemptPart,
  blindings,
  keyholderParts,
  pastAttempts,
  queries,
  refusals,
  shares,
} from './query-objects.js';
import { isSameContent } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** A keyholder's record in the current attempt of a query. */
interface KeyholderCall {
  readonly facts: AttemptFacts;
  readonly index: number;
  /** Key parts of what it records. */
  readonly parts: [string, string, string];
}

/** Records a blinding hash; at ℓ of them A is fixed (docs/protocol.md §6.4). */
export async function commitBlindingHash(
  call: TransactionCall,
  commitment: BlindingCommitment,
): Promise<QueryRecord> {
  const { facts, index, parts } = await openKeyholderCall(call, commitment);
  const { blindingHash } = commitment;
  const step = commitBlinding(facts, { index, blindingHash });
  if (step.changed) await call.state.put(blindings, parts, { index, blindingHash });
  return writeStep(call, facts, step);
}

/** Closes the blinding round after its deadline, for anyone (docs/protocol.md §6.4). */
export async function closeBlindingRound(
  call: TransactionCall,
  { queryId, attempt }: { readonly queryId: QueryId; readonly attempt: number },
): Promise<QueryRecord> {
  const facts = await readAttemptFacts(call, queryId);
  requireCurrentAttempt(facts.query, { planHash: facts.query.planHash, attempt });
  return writeStep(call, facts, closeBlinding(facts));
}

/**
 * Records that a keyholder will hand over its share. The plan must stand as it is now, above all no
 * consent may have been withdrawn (docs/protocol.md §6.7).
 */
export async function releaseShare(
  call: TransactionCall,
  release: ShareRelease,
): Promise<QueryRecord> {
  const { state, now } = call;
  const { facts, index, parts } = await openKeyholderCall(call, release);
  const share = { index, finalHash: release.finalHash, shareHash: release.shareHash };
  const step = recordShare(facts, share);
  if (step.changed) {
    requireAllowed(recheckPlan(await readPlanFacts(call, facts.query)));
    await state.put(shares, parts, share);
    const { productId, epoch, queryId } = facts.query.plan;
    if ((await state.get(epochReleases, productId, epoch)) === undefined) {
      await state.put(epochReleases, [productId, epoch], { queryId, at: now });
    }
  }
  return writeStep(call, facts, step);
}

/** Records that a keyholder takes no part in an attempt, and why. */
export async function refuseShare(
  call: TransactionCall,
  refusal: KeyholderRefusal,
): Promise<QueryRecord> {
  const { facts, index, parts } = await openKeyholderCall(call, refusal);
  const row = { index, code: refusal.code, reason: refusal.reason, at: call.now };
  const step = recordRefusal(facts, row);
  if (step.changed) await call.state.put(refusals, parts, row);
  return writeStep(call, facts, step);
}

/**
 * The current attempt of a query with all that keyholders recorded in it, read by range: two records at
 * once conflict, so that exactly one of them completes a round.
 * @throws {@link VeilsumError} NOT_FOUND; INVALID_STATE when the query was refused
 */
export async function readAttemptFacts(
  { state, now }: Pick<TransactionCall, 'state' | 'now'>,
  queryId: QueryId,
): Promise<AttemptFacts> {
  const query = requirePlanned(await state.require(queries, queryId));
  const key = await state.require(committeeKeys, query.plan.keyId);
  const prefix = [queryId, attemptPart(query.attempt.attempt)];
  return {
    query,
    blindings: await state.list(blindings, ...prefix),
    shares: await state.list(shares, ...prefix),
    refusals: await state.list(refusals, ...prefix),
    committee: key.record,
    consortium: await state.require(consortia),
    now,
  };
}

/** Everything on the ledger about all attempts at a query, the first one first; none for a refused query. */
export async function readAttempts(state: WorldState, queryId: QueryId): Promise<AttemptRecord[]> {
  const { attempt: current } = await state.require(queries, queryId);
  const attempts = await state.list(pastAttempts, queryId);
  const records: AttemptRecord[] = [];
  for (const attempt of current === undefined ? attempts : [...attempts, current]) {
    const prefix = [queryId, attemptPart(attempt.attempt)];
    records.push({
      attempt,
      blindings: await state.list(blindings, ...prefix),
      shares: await state.list(shares, ...prefix),
      refusals: await state.list(refusals, ...prefix),
    });
  }
  return records;
}

/** The keyholder of the query's own key that signed, speaking of its charged plan and current attempt. */
async function openKeyholderCall(
  call: TransactionCall,
  named: Pick<BlindingCommitment, 'queryId' | 'planHash' | 'attempt'>,
): Promise<KeyholderCall> {
  const facts = await readAttemptFacts(call, named.queryId);
  const key = await call.state.require(committeeKeys, facts.query.plan.keyId);
  const index = keyholderIndex(key, call.caller.memberId);
  requireCurrentAttempt(facts.query, named);
  return { facts, index, parts: keyholderParts(named.queryId, named.attempt, index) };
}

/** Writes the query only when it changed, so that records of different keyholders rarely conflict on it. */
async function writeStep(
  call: TransactionCall,
  facts: AttemptFacts,
  { query, changed }: AttemptStep,
): Promise<PlannedQuery> {
  if (!changed) return query;
  if (!isSameContent(query, facts.query)) await call.state.put(queries, [query.queryId], query);
  announceQuery(call, query);
  return query;
}
