import type { QueryId, QueryRequest, SettlementShare } from '@veilsum/protocol';
import {
  assess,
  dividePrice,
  paidShares,
  requestedCells,
  requireAllowed,
  requirePlanned,
} from '@veilsum/rules';
import { committeeKeys, consortia } from './ledger-objects.js';
import { readAttemptFacts } from './query-attempts.js';
import { firstAsking, readQueryFacts } from './query-facts.js';
import { queries, settlementShares } from './query-objects.js';
import { divideQueryPrice, paidKeyholders, readOperatorId } from './settlement-payment.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/**
 * Who would get what of a query's price: what was paid once it is settled, else what would be paid with
 * the shares recorded so far, or with all keyholders while too few are.
 */
export async function simulateQuery(
  call: TransactionCall,
  queryId: QueryId,
): Promise<SettlementShare[]> {
  const { state } = call;
  const paid = await readSettlement(state, queryId);
  if (paid.length > 0) return paid;
  const facts = await readAttemptFacts(call, queryId);
  const recorded = paidShares(facts).map(({ index }) => index);
  const indices = recorded.length === 0 ? allIndices(facts.committee.l) : recorded;
  return divideQueryPrice(
    state,
    facts.query.plan,
    indices.map((index) => ({ index, delivered: true })),
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
  const { state } = call;
  const facts = await readQueryFacts(call, firstAsking(call, request));
  const { verdict, cohort, groups, price, layout } = assess(facts);
  if (cohort.length === 0 || groups.length === 0 || layout === undefined) requireAllowed(verdict);
  const key = await state.require(committeeKeys, facts.committeeKey?.keyId ?? '');
  const delivered = allIndices(key.record.l).map((index) => ({ index, delivered: true }));
  return dividePrice({
    price,
    split: (await state.require(consortia)).split,
    cells: requestedCells(groups),
    contributors: cohort.map(({ contribution, consent }) => ({
      memberId: contribution.contributorId,
      minimum: BigInt(consent.minimumPricePerUse),
      coverage: contribution.coverage,
    })),
    keyholders: paidKeyholders(key, delivered),
    operatorId: await readOperatorId(state),
    analystId: facts.analyst.memberId,
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

function allIndices(keyholders: number): number[] {
  return Array.from({ length: keyholders }, (_, position) => position + 1);
}
