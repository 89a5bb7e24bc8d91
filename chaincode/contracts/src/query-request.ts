import type { QueryRecord, QueryRequest, Quote } from '@veilsum/protocol';
import {
  authorise,
  openAttempt,
  openReview,
  quoteOf,
  type Authorisation,
  type Refusal,
} from '@veilsum/rules';
import { escrowParts, holdEscrow } from './escrow.js';
import { consortia } from './ledger-objects.js';
import { chargePlan } from './query-charges.js';
import { writeQuery } from './query-event.js';
import { firstAsking, readQueryFacts } from './query-facts.js';
import { cohortRows, countedPlans, queries, resultKeys } from './query-objects.js';
import { readQuoteTerms } from './reward-facts.js';
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
  const decision = authorise(await readQueryFacts(call, firstAsking(call, request)));
  const { verdict } = decision;
  const record = newRecord(call, request);
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
  const { queryId, analystId, request } = record;
  await call.state.put(resultKeys, [request.resultKey], { queryId });
  await holdEscrow(call, queryId, escrowParts(analystId, price, support));
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
  const parts = escrowParts(plan.analyst, BigInt(plan.price), support);
  await holdEscrow(call, plan.queryId, parts);
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

function newRecord({ caller, now }: TransactionCall, request: QueryRequest): Undecided {
  return {
    queryId: request.queryId,
    analystId: caller.memberId,
    request,
    requestedAt: now,
    changedAt: now,
    chargedEpsilonMicro: 0,
    settleDeadline: 0,
  };
}
