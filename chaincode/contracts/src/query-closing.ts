import {
  VeilsumError,
  type DisputeAnswer,
  type MemberId,
  type QueryId,
  type QueryRecord,
  type ShareDispute,
  type ShareReference,
} from '@veilsum/protocol';
import {
  acceptResult,
  answerDispute,
  expireQuery,
  keyholderIndex,
  nextAttempt,
  raiseDispute,
  recheckPlan,
  requireAllowed,
  settleAfterDeadline,
  type PlannedQuery,
  type ReleasedFacts,
  type SettlementOutcome,
} from '@veilsum/rules';
import { committeeKeys } from './ledger-objects.js';
import { giveBackToDelegation, rechargeDelegation } from './delegation-use.js';
import { refundPostings } from './escrow.js';
import { post } from './posting.js';
import { readAttemptFacts } from './query-attempts.js';
import { giveBack, rechargePlan } from './query-charges.js';
import { announceQuery, writeQuery } from './query-event.js';
import { expireReview } from './query-review.js';
import { readPlanFacts } from './query-facts.js';
import {
  attemptPart,
  disputeAnswers,
  disputes,
  keyholderParts,
  pastAttempts,
  queries,
  shares,
} from './query-objects.js';
import { paySettlement } from './settlement-payment.js';
import type { TransactionCall } from './transaction-call.js';

/** Opens the next attempt of a query whose last one is over, for anyone (docs/protocol.md §6.8). */
export async function openNextAttempt(
  call: TransactionCall,
  queryId: QueryId,
): Promise<QueryRecord> {
  const { state } = call;
  const facts = await readAttemptFacts(call, queryId);
  const { query, ended, chargesEpsilon } = nextAttempt(facts);
  requireAllowed(recheckPlan(await readPlanFacts(call, facts.query)));
  if (chargesEpsilon) {
    await rechargePlan(state, query.plan);
    await rechargeDelegation(state, query);
  }
  await state.put(pastAttempts, [queryId, attemptPart(ended.attempt)], ended);
  return writeQuery(call, query);
}

/** Ends a query without a result, also one whose review did not come: escrow back, and ε and uses too unless a share was recorded. */
export async function expire(call: TransactionCall, queryId: QueryId): Promise<QueryRecord> {
  const { state, caller } = call;
  const asked = await state.require(queries, queryId);
  if (asked.status === 'reviewing') return expireReview(call, asked);
  const facts = await readAttemptFacts(call, queryId);
  const standing = recheckPlan(await readPlanFacts(call, facts.query));
  const { query, givesBack } = expireQuery(facts, {
    byAnalyst: caller.memberId === facts.query.analystId,
    stopped: !standing.allowed,
    anyShare: (await state.list(shares, queryId)).length > 0,
  });
  if (givesBack) await giveBack(state, facts.query);
  await refundEscrow(call, query, givesBack);
  return writeQuery(call, query);
}

/** The analyst has its result and pays. */
export async function accept(call: TransactionCall, queryId: QueryId): Promise<QueryRecord> {
  const facts = await readReleasedFacts(call, queryId);
  requireAnalyst(call, facts.query);
  if (facts.query.status === 'settled') return facts.query;
  return settleAs(call, acceptResult(facts));
}

/** Settles when the time to report missing shares is over, for anyone. */
export async function settle(call: TransactionCall, queryId: QueryId): Promise<QueryRecord> {
  const facts = await readReleasedFacts(call, queryId);
  if (facts.query.status === 'settled') return facts.query;
  return settleAs(call, settleAfterDeadline(facts));
}

/** The analyst reports that a recorded share did not reach it. */
export async function disputeShare(
  call: TransactionCall,
  reference: ShareReference,
): Promise<ShareDispute> {
  const facts = await readReleasedFacts(call, reference.queryId);
  requireAnalyst(call, facts.query);
  const dispute = raiseDispute(facts, reference);
  const known = facts.disputes.some(({ index }) => index === reference.index);
  return known ? dispute : writeDispute(call, facts, dispute);
}

/** A keyholder posts the sealed bytes of a share that was reported missing. */
export async function answerShareDispute(
  call: TransactionCall,
  { sealedShare, ...reference }: DisputeAnswer,
): Promise<ShareDispute> {
  const { state, caller } = call;
  const facts = await readReleasedFacts(call, reference.queryId);
  const key = await state.require(committeeKeys, facts.query.plan.keyId);
  if (keyholderIndex(key, caller.memberId) !== reference.index) {
    throw new VeilsumError('FORBIDDEN', `Only keyholder ${reference.index} can post its share.`);
  }
  const answered = answerDispute(facts, reference, sealedShare);
  const before = facts.disputes.find(({ index }) => index === reference.index);
  if (before?.status === 'answered') return answered;
  const { queryId, attempt, index } = reference;
  await state.put(disputeAnswers, keyholderParts(queryId, attempt, index), { sealedShare });
  return writeDispute(call, facts, answered);
}

async function readReleasedFacts(call: TransactionCall, queryId: QueryId): Promise<ReleasedFacts> {
  const facts = await readAttemptFacts(call, queryId);
  const attempt = attemptPart(facts.query.attempt.attempt);
  return { ...facts, disputes: await call.state.list(disputes, queryId, attempt) };
}

async function settleAs(
  call: TransactionCall,
  { query, keyholders }: SettlementOutcome,
): Promise<QueryRecord> {
  if (keyholders === undefined) await refundEscrow(call, query, false);
  else await paySettlement(call, query, keyholders);
  return writeQuery(call, query);
}

async function refundEscrow(
  call: TransactionCall,
  query: PlannedQuery,
  everything: boolean,
): Promise<void> {
  await giveBackToDelegation(call.state, query.request, { refunded: 'all', everything });
  await post(call, await refundPostings(call.state, query));
}

async function writeDispute(
  call: TransactionCall,
  { query }: ReleasedFacts,
  dispute: ShareDispute,
): Promise<ShareDispute> {
  const parts = keyholderParts(dispute.queryId, dispute.attempt, dispute.index);
  await call.state.put(disputes, parts, dispute);
  announceQuery(call, query);
  return dispute;
}

function requireAnalyst({ caller }: TransactionCall, { analystId }: { analystId: MemberId }) {
  if (caller.memberId === analystId) return;
  throw new VeilsumError('FORBIDDEN', 'Only the analyst of the query may do this.');
}
