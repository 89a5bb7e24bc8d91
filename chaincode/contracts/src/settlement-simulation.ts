import type {
  QueryId,
  QueryRequest,
  RewardScheme,
  SettlementExplanation,
  SettlementFacts,
  SettlementShare,
} from '@veilsum/protocol';
import {
  assess,
  paidShares,
  requestedCells,
  requireAllowed,
  requirePlanned,
  type AttemptFacts,
  type RewardTerms,
} from '@veilsum/rules';
import { escrowParts, readEscrowParts } from './escrow.js';
import { committeeKeys } from './ledger-objects.js';
import { readAttemptFacts } from './query-attempts.js';
import { firstAsking, readQueryFacts } from './query-facts.js';
import { queries, settlementShares } from './query-objects.js';
import { allRewards, needsOf, partyOf, readRewards, readSettlementFacts } from './reward-facts.js';
import { settlementTopUps } from './reward-objects.js';
import { rewardTermsNow, rewardTermsOf } from './reward-scheme-adoption.js';
import {
  paidKeyholders,
  priceFacts,
  priceSettlement,
  readOperatorId,
  type DeliveredShare,
  type PricedSettlement,
} from './settlement-payment.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/**
 * Who would get what of a query's price: what was paid once it is settled, else what would be paid with
 * the shares recorded so far, or with all keyholders while too few are. Under another scheme: what that
 * one would pay, settled or not, with what the fund holds now.
 */
export async function simulateQuery(
  call: TransactionCall,
  queryId: QueryId,
  scheme?: RewardScheme,
): Promise<SettlementShare[]> {
  const { state } = call;
  if (scheme === undefined) {
    const paid = await readSettlement(state, queryId);
    if (paid.length > 0) return withTopUps(paid, await state.list(settlementTopUps, queryId));
  }
  const facts = await readAttemptFacts(call, queryId);
  const own = await rewardTermsOf(state, facts.query);
  const terms = scheme === undefined ? own : { ...own, scheme };
  const { query } = facts;
  return sharesAndTopUps(
    await priceSettlement(state, { query, delivered: likelyShares(facts), terms }),
  );
}

/**
 * Who would get what of the price of a request, whatever else speaks against it.
 * @throws {@link VeilsumError} with the first rule that failed when there is no cohort or nothing to show
 */
export async function simulateRequest(
  call: TransactionCall,
  request: QueryRequest,
): Promise<SettlementShare[]> {
  const terms = await rewardTermsNow(call);
  const facts = await readRequestFacts(call, request, terms);
  return sharesAndTopUps(await priceFacts(call.state, facts, terms));
}

/** All that the settlement of a query depends on, so that anyone can divide its price under any scheme. */
export async function readQuerySettlementFacts(
  call: TransactionCall,
  queryId: QueryId,
): Promise<SettlementFacts> {
  const { state } = call;
  const attempt = await readAttemptFacts(call, queryId);
  const key = await state.require(committeeKeys, attempt.query.plan.keyId);
  return readSettlementFacts(state, attempt.query, {
    keyholders: paidKeyholders(key, likelyShares(attempt)),
    operatorId: await readOperatorId(state),
    needs: allRewards,
  });
}

/** What was paid out of a query's escrow; empty while it is not settled. */
export async function readSettlement(
  state: WorldState,
  queryId: QueryId,
): Promise<SettlementShare[]> {
  requirePlanned(await state.require(queries, queryId));
  return state.list(settlementShares, queryId);
}

/** A query's money with the reasons: who paid, what the fund did and why not. */
export async function explainSettlement(
  state: WorldState,
  queryId: QueryId,
): Promise<SettlementExplanation> {
  const query = requirePlanned(await state.require(queries, queryId));
  const { price } = query.plan;
  return {
    queryId,
    price,
    rewardSchemeVersion: query.rewardSchemeVersion ?? 0,
    payments: await readEscrowParts(state, query),
    priceSupport:
      query.verdict.trace.find(({ rule }) => rule === 'price-support')?.sentence ??
      'The subsidy fund adds to the price of small payers only, where a reward scheme says so.',
    shares: await state.list(settlementShares, queryId),
    topUps: await state.list(settlementTopUps, queryId),
  };
}

async function readRequestFacts(
  call: TransactionCall,
  request: QueryRequest,
  terms: RewardTerms,
): Promise<SettlementFacts> {
  const { state, now } = call;
  const facts = await readQueryFacts(call, firstAsking(call, request));
  const payer = facts.delegated?.principal ?? facts.analyst;
  const { verdict, cohort, groups, price, support, layout } = assess(facts);
  if (cohort.length === 0 || groups.length === 0 || layout === undefined) requireAllowed(verdict);
  const key = await state.require(committeeKeys, facts.committeeKey?.keyId ?? '');
  const contributors: SettlementFacts['contributors'] = [];
  for (const { contribution, contributor, consent } of cohort) {
    contributors.push({
      ...partyOf(contributor),
      minimum: consent.minimumPricePerUse,
      coverage: contribution.coverage,
      registeredAt: contribution.registeredAt,
      ...(await readRewards(state, needsOf(terms), contribution, now)),
    });
  }
  return {
    queryId: request.queryId,
    productId: request.productId,
    epoch: request.epoch,
    authorisedAt: now,
    price: String(price),
    productPrice: facts.product.price,
    payer: partyOf(payer),
    payments: escrowParts(payer.memberId, price, support),
    cells: requestedCells(groups),
    contributors,
    keyholders: paidKeyholders(key, allShares(key.record.l)),
    operatorId: await readOperatorId(state),
  };
}

function sharesAndTopUps({ shares, topUps }: PricedSettlement): SettlementShare[] {
  return withTopUps(shares, topUps);
}

function withTopUps(
  shares: readonly SettlementShare[],
  topUps: PricedSettlement['topUps'],
): SettlementShare[] {
  return [
    ...shares,
    ...topUps
      .filter(({ amount }) => amount !== '0')
      .map(({ memberId, amount }) => ({
        accountId: `member:${memberId}`,
        amount,
        kind: 'subsidy-top-up' as const,
      })),
  ];
}

/** The shares recorded so far, or all keyholders' while there are none. */
function likelyShares(facts: AttemptFacts): DeliveredShare[] {
  const recorded = paidShares(facts);
  return recorded.length === 0
    ? allShares(facts.committee.l)
    : recorded.map(({ index }) => ({ index, delivered: true }));
}

function allShares(keyholders: number): DeliveredShare[] {
  return Array.from({ length: keyholders }, (_, position) => ({
    index: position + 1,
    delivered: true,
  }));
}
