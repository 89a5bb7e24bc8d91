import type { Delegation, QueryRecord } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';
import { chargesOf, isCounted, queriesWithShares } from './privacy-invariants.js';

/** What the queries of a delegation took together, and each of them, stays within its limits. */
export function delegationsWithinLimits(state: CommittedState, commit: Commit): string[] {
  return commit.changes.of('query').flatMap(({ before, after }) => {
    const delegation = state.get('delegation', after?.request.delegationId ?? '');
    if (after === undefined || delegation === undefined) return [];
    const isNew = before?.plan === undefined && after.plan !== undefined;
    return [
      ...(isNew ? useFaults(state, { query: after, delegation, at: commit.at }) : []),
      ...sumFaults(state, delegation),
    ].map((fault) => `delegation ${delegation.delegationId}: ${fault}`);
  });
}

interface DelegatedQuery {
  readonly query: QueryRecord;
  readonly delegation: Delegation;
  readonly at: number;
}

function useFaults(state: CommittedState, { query, delegation, at }: DelegatedQuery): string[] {
  const { request, analystId, queryId } = query;
  const { purposes, productIds, agentId, notBefore, notAfter, status } = delegation;
  const paid = paidBy(state, delegation.principalId, [queryId]);
  const holds: [boolean, string][] = [
    [status === 'active', 'it was revoked'],
    [notBefore <= at && at <= notAfter, 'it is outside its dates'],
    [agentId === analystId, 'another than the agent asked'],
    [purposes.includes(request.purpose), 'another purpose was asked for'],
    [productIds?.includes(request.productId) ?? true, 'another product was asked'],
    [paid <= BigInt(delegation.maxPricePerQuery), `one query cost ${paid}`],
    [request.epsilonMicro <= delegation.epsilonPerQueryMicro, 'one query took too much ε'],
    [paidBy(state, analystId, [queryId]) === 0n, 'the agent paid'],
  ];
  return holds.filter(([held]) => !held).map(([, fault]) => fault);
}

function sumFaults(state: CommittedState, delegation: Delegation): string[] {
  const { delegationId, principalId, maxQueries, moneyBudget, epsilonBudgetMicro } = delegation;
  const all = state.list('query').filter(({ request }) => request.delegationId === delegationId);
  const shared = queriesWithShares(state);
  const counted = all.filter((query) => isCounted(query, shared));
  const epsilon = counted.reduce(
    (sum, query) => sum + chargesOf(state, query) * query.request.epsilonMicro,
    0,
  );
  const money = paidBy(
    state,
    principalId,
    all.map(({ queryId }) => queryId),
  );
  const holds: [boolean, string][] = [
    [counted.length <= maxQueries, `${counted.length} of ${maxQueries} queries`],
    [money <= BigInt(moneyBudget), `${money} of ${moneyBudget} was paid`],
    [epsilon <= epsilonBudgetMicro, `ε ${epsilon} of ${epsilonBudgetMicro} was spent`],
  ];
  return holds.filter(([held]) => !held).map(([, fault]) => fault);
}

/** What a member paid for queries and did not get back. */
function paidBy(state: CommittedState, memberId: string, queryIds: readonly string[]): bigint {
  const account = `member:${memberId}`;
  const escrows = new Set(queryIds.map((queryId) => `escrow:${queryId}`));
  return state.list('journal').reduce((sum, { debit, credit, amount, kind }) => {
    if (debit === account && escrows.has(credit)) return sum + BigInt(amount);
    const back = credit === account && escrows.has(debit) && kind === 'refund';
    return back ? sum - BigInt(amount) : sum;
  }, 0n);
}
