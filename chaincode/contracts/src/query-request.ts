import type { QueryRecord, QueryRequest, Quote } from '@veilsum/protocol';
import {
  authorise,
  openAttempt,
  openReview,
  quoteOf,
  type Authorisation,
  type QueryFacts,
  type Refusal,
} from '@veilsum/rules';
import { chargeDelegation } from './delegation-use.js';
import { escrowParts, holdEscrow } from './escrow.js';
import { consortia } from './ledger-objects.js';
import { chargePlan } from './query-charges.js';
import { writeQuery } from './query-event.js';
import { firstAsking, readQueryFacts } from './query-facts.js';
import { cohortRows, countedPlans, queries, resultKeys } from './query-objects.js';
import { payerOf, readQuoteTerms } from './reward-facts.js';
import { rewardTermsNow } from './reward-scheme-adoption.js';
import { isSameContent, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';

/** What `query:request` would decide now; writes nothing. */
export async function quoteQuery(call: TransactionCall, request: QueryRequest): Promise<Quote> {
  const facts = await readQueryFacts(call, firstAsking(call, request));
  const terms = await rewardTermsNow(call);
  return quoteOf(facts, await readQuoteTerms(call.state, terms, facts));
}

/**
 * Decides on a request, once: the record is a plan, charged and escrowed, or a refusal with every failed
 * rule (docs/ledger.md, Queries).
 */
export async function requestQuery(
  call: TransactionCall,
  request: QueryRequest,
): Promise<QueryRecord> {
  const existing = await call.state.get(queries, request.queryId);
  if (existing !== undefined) {
    const same = existing.analystId === call.caller.memberId;
    if (same && isSameContent(existing.request, request)) return existing;
    throw takenId('query', request.queryId);
  }
  const facts = await readQueryFacts(call, firstAsking(call, request));
  const decision = authorise(facts);
  const { verdict } = decision;
  const record = newRecord(call, facts);
  if (decision.plan !== undefined) return writeAuthorised(call, record, decision);
  if (decision.pending === undefined) {
    return writeQuery(call, { ...record, status: 'refused', verdict });
  }
  return writeReviewing(call, { ...record, status: 'reviewing', verdict }, decision.pending);
}

/** Holds the price and the result key of a query that waits; ε and uses are charged if it is approved. */
async function writeReviewing(
  call: TransactionCall,
  record: QueryRecord,
  { reviews, price, support }: NonNullable<Refusal['pending']>,
): Promise<QueryRecord> {
  const { queryId, request } = record;
  await call.state.put(resultKeys, [request.resultKey], { queryId });
  await holdPrice(call, record, { price, support });
  return writeQuery(call, { ...record, review: openReview(reviews, call.now) });
}

/** A query before it is decided. */
type Undecided = Omit<QueryRecord, 'status' | 'verdict'>;

/** Charges and escrows a plan; what its query holds already, since it was reviewed, counts. */
export async function writeAuthorised(
  call: TransactionCall,
  record: Undecided,
  { plan, planHash, verdict, cohort, resultLevel, support }: Authorisation,
): Promise<QueryRecord> {
  const { state, now } = call;
  const { deadlines } = await state.require(consortia);
  await chargePlan(state, plan, cohort);
  await state.put(resultKeys, [plan.resultKey], { queryId: plan.queryId });
  await state.put(countedPlans, [plan.productId, plan.epoch, plan.queryId], {
    queryId: plan.queryId,
    release: plan.release,
    cohort: cohort.map(({ contribution, contributor }) => ({
      contributionId: contribution.contributionId,
      legalEntityId: contributor.legalEntityId,
    })),
  });
  for (const { contribution, contributor, consent } of cohort) {
    await state.put(cohortRows, [plan.queryId, contribution.contributionId], {
      contributionId: contribution.contributionId,
      contributorId: contribution.contributorId,
      consentId: consent.consentId,
      legalEntityId: contributor.legalEntityId,
      minimumPrice: consent.minimumPricePerUse,
    });
  }
  await holdPrice(call, record, { price: BigInt(plan.price), support });
  const { scheme } = await rewardTermsNow(call);
  return writeQuery(call, {
    ...record,
    status: 'authorised',
    changedAt: now,
    verdict,
    plan,
    planHash,
    ...(resultLevel === undefined ? {} : { resultLevel }),
    attempt: openAttempt(1, now, deadlines),
    chargedEpsilonMicro: plan.epsilonMicro,
    ...(scheme === undefined ? {} : { rewardSchemeVersion: scheme.version }),
  });
}

/** Takes the price from who pays for the query, within the limits of the delegation if there is one. */
async function holdPrice(
  call: TransactionCall,
  record: Undecided,
  { price, support }: { readonly price: bigint; readonly support: bigint },
): Promise<void> {
  await chargeDelegation(call.state, record.request, price - support);
  await holdEscrow(call, record.queryId, escrowParts(payerOf(record), price, support));
}

function newRecord(
  { caller, now }: TransactionCall,
  { request, delegated }: Pick<QueryFacts, 'request' | 'delegated'>,
): Undecided {
  return {
    queryId: request.queryId,
    analystId: caller.memberId,
    request,
    ...(delegated === undefined ? {} : { payerId: delegated.principal.memberId }),
    requestedAt: now,
    changedAt: now,
    chargedEpsilonMicro: 0,
    settleDeadline: 0,
  };
}
