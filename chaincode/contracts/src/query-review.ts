import type { QueryRecord, ReviewArgument } from '@veilsum/protocol';
import {
  approvedReviews,
  askersOf,
  authorise,
  decideReview,
  lapseReview,
  requireReview,
  verdictAfterReview,
  type ReviewedQuery,
} from '@veilsum/rules';
import { giveBackToDelegation, readDelegated } from './delegation-use.js';
import { refundPostings } from './escrow.js';
import { members } from './ledger-objects.js';
import { post } from './posting.js';
import { writeQuery } from './query-event.js';
import { readQueryFacts } from './query-facts.js';
import { queries } from './query-objects.js';
import { writeAuthorised } from './query-request.js';
import type { TransactionCall } from './transaction-call.js';

/**
 * Records what a reviewer decided. With the last approval the query is decided by the rules and facts of
 * that moment: charged, or refused and refunded (docs/ledger.md, Rulebook).
 */
export async function reviewQuery(
  call: TransactionCall,
  { queryId, ...argument }: ReviewArgument,
): Promise<QueryRecord> {
  const { state, caller, now } = call;
  const query = requireReview(await state.require(queries, queryId));
  const analyst = await state.require(members, query.analystId);
  const delegated = await readDelegated(state, query.request);
  const facts = { query, reviewer: caller, interested: askersOf(analyst, delegated), now };
  const review = decideReview(facts, argument);
  if (review === undefined) return query;
  const verdict = verdictAfterReview(query.verdict, review);
  const reviewed: ReviewedQuery = { ...query, review, verdict, changedAt: now };
  if (review.status === 'stopped') return endReview(call, { ...reviewed, status: 'refused' });
  return review.status === 'approved' ? decide(call, reviewed) : writeQuery(call, reviewed);
}

/** Ends a query whose review did not come before its deadline, for anyone. */
export async function expireReview(
  call: TransactionCall,
  record: QueryRecord,
): Promise<QueryRecord> {
  const query = requireReview(record);
  const review = lapseReview(query, call.now);
  const verdict = verdictAfterReview(query.verdict, review);
  return endReview(call, { ...query, review, verdict, status: 'expired', changedAt: call.now });
}

/** The query as if it were asked now, by who asked it. */
async function decide(call: TransactionCall, query: ReviewedQuery): Promise<QueryRecord> {
  const { request, review, analystId } = query;
  const analyst = await call.state.require(members, analystId);
  const approved = approvedReviews(review);
  const decision = authorise(await readQueryFacts(call, { request, analyst, approved }));
  if (decision.plan !== undefined) return writeAuthorised(call, query, decision);
  return endReview(call, { ...query, status: 'refused', verdict: decision.verdict });
}

async function endReview(call: TransactionCall, query: ReviewedQuery): Promise<QueryRecord> {
  await giveBackToDelegation(call.state, query.request, { refunded: 'all', everything: true });
  await post(call, await refundPostings(call.state, query));
  return writeQuery(call, query);
}
