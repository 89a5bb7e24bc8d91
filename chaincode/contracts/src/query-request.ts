import type { QueryRecord, QueryRequest, Quote } from '@veilsum/protocol';
import { authorise, openAttempt, quoteOf, type Authorisation } from '@veilsum/rules';
import { holdEscrow } from './escrow.js';
import { consortia } from './ledger-objects.js';
import { chargePlan } from './query-charges.js';
import { announceQuery } from './query-event.js';
import { readQueryFacts } from './query-facts.js';
import { cohortRows, countedPlans, queries, resultKeys } from './query-objects.js';
import { isSameContent, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';

/** What `query:request` would decide now; writes nothing. */
export async function quoteQuery(call: TransactionCall, request: QueryRequest): Promise<Quote> {
  const { split } = await call.state.require(consortia);
  return quoteOf(await readQueryFacts(call, request), split);
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
  const decision = authorise(await readQueryFacts(call, request));
  return decision.plan === undefined
    ? writeQuery(call, {
        ...newRecord(call, request),
        status: 'refused',
        verdict: decision.verdict,
      })
    : writeAuthorised(call, request, decision);
}

async function writeAuthorised(
  call: TransactionCall,
  request: QueryRequest,
  { plan, planHash, verdict, cohort }: Authorisation,
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
  await holdEscrow(call, plan.queryId, [
    { accountId: `member:${plan.analyst}`, amount: plan.price },
  ]);
  return writeQuery(call, {
    ...newRecord(call, request),
    status: 'authorised',
    verdict,
    plan,
    planHash,
    attempt: openAttempt(1, now, deadlines),
    chargedEpsilonMicro: plan.epsilonMicro,
  });
}

function newRecord({ caller, now }: TransactionCall, request: QueryRequest) {
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

async function writeQuery(call: TransactionCall, record: QueryRecord): Promise<QueryRecord> {
  await call.state.put(queries, [record.queryId], record);
  announceQuery(call, record);
  return record;
}
