import type { Delegation, JournalEntry, QueryRecord } from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

/** An agent asks within what its principal allowed, and the principal pays. */
export const delegations: AuditRule = {
  check: 'delegations',
  claim:
    'Every delegated query was asked by its agent, in time, for an allowed purpose and product, within price, money, ε and number.',
  observe(transaction, before) {
    return changesOf<QueryRecord>(transaction, 'query', before).flatMap(({ after, earlier }) => {
      const delegationId = after?.request.delegationId;
      if (after?.plan === undefined || earlier?.plan !== undefined) return [];
      if (delegationId === undefined) return [];
      const delegation = before.value('delegation', [delegationId]) as Delegation | undefined;
      if (delegation === undefined) return [`Query ${after.queryId} rests on no delegation.`];
      const paid = journalOf(transaction.changes);
      return delegationProblems(after, delegation, {
        before,
        paid,
        at: transaction.timestampMs,
      }).map((what) => `Delegated query ${after.queryId} ${what}.`);
    });
  },
};

const journalOf = (changes: readonly { type: string; value: unknown }[]) =>
  changes
    .filter(({ type, value }) => type === 'journal' && value !== null)
    .map(({ value }) => value as JournalEntry);

interface DelegationFacts {
  readonly before: LedgerState;
  /** Entries of the authorising transaction. */
  readonly paid: readonly JournalEntry[];
  readonly at: number;
}

function delegationProblems(
  query: QueryRecord,
  delegation: Delegation,
  { before, paid, at }: DelegationFacts,
): string[] {
  const { request, plan, analystId, payerId } = query;
  const { agentId, principalId, status, purposes, productIds } = delegation;
  const earlier = before
    .all<QueryRecord>('query')
    .filter((one) => one.request.delegationId === delegation.delegationId)
    .filter((one) => one.queryId !== query.queryId && one.plan !== undefined);
  // Only what is certainly not given back counts, so that nobody is accused of what he did not take.
  const standing = earlier.filter((one) => one.status !== 'expired' && one.status !== 'failed');
  const entries = [...before.journal(), ...paid];
  const own = moneyOf(entries, [query], principalId);
  const money = moneyOf(entries, [query, ...standing], principalId);
  const epsilon = [query, ...standing].reduce((sum, one) => sum + one.chargedEpsilonMicro, 0);
  const requirements: [boolean, string][] = [
    [analystId === agentId, `was asked by ${analystId}, not by its agent`],
    [payerId === principalId, 'was not paid by its principal'],
    [status === 'active', 'was asked after the delegation was revoked'],
    [delegation.notBefore <= at && at <= delegation.notAfter, 'was asked outside its dates'],
    [purposes.includes(request.purpose), `was asked for ${request.purpose}`],
    [productIds?.includes(request.productId) ?? true, `was about ${request.productId}`],
    [own <= BigInt(delegation.maxPricePerQuery), `cost ${own}`],
    [money <= BigInt(delegation.moneyBudget), `took the money to ${money}`],
    [(plan?.epsilonMicro ?? 0) <= delegation.epsilonPerQueryMicro, 'took too much ε'],
    [epsilon <= delegation.epsilonBudgetMicro, `took the ε to ${epsilon}`],
    [standing.length < delegation.maxQueries, `was number ${standing.length + 1}`],
  ];
  return requirements.filter(([holds]) => !holds).map(([, what]) => what);
}

/** What a principal has paid for queries, less what came back. */
function moneyOf(
  entries: readonly JournalEntry[],
  queries: readonly QueryRecord[],
  principalId: string,
): bigint {
  const ids = new Set<string | undefined>(queries.map(({ queryId }) => queryId));
  const account = `member:${principalId}`;
  return entries
    .filter(({ queryId, kind }) => ids.has(queryId) && (kind === 'escrow' || kind === 'refund'))
    .reduce((sum, { debit, credit, amount }) => {
      if (debit === account) return sum + BigInt(amount);
      return credit === account ? sum - BigInt(amount) : sum;
    }, 0n);
}

/** A revocation and the last day count for every query that has not been released. */
export const delegationAtRelease: AuditRule = {
  check: 'delegation at release',
  claim: 'No share was released under a delegation that was revoked or had expired.',
  observe({ changes, timestampMs }, before) {
    return changes
      .filter(({ type, value }) => type === 'share' && value !== null)
      .flatMap(({ parts }) => {
        const { delegationId } = before.query(parts[0] ?? '')?.request ?? {};
        if (delegationId === undefined) return [];
        const delegation = before.value('delegation', [delegationId]) as Delegation | undefined;
        const stands =
          delegation?.status === 'active' &&
          delegation.notBefore <= timestampMs &&
          timestampMs <= delegation.notAfter;
        return stands
          ? []
          : [`A share of query ${parts[0] ?? ''} was released after its delegation ended.`];
      });
  },
};
