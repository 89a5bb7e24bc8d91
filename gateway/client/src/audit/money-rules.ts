import type { JournalEntry, QueryRecord } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

const FINAL = new Set<QueryRecord['status']>(['settled', 'expired', 'failed', 'refused']);

/** @returns every account's balance, added up from the journal alone */
export function journalBalances(entries: readonly JournalEntry[]): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  const add = (account: string, amount: bigint) =>
    balances.set(account, (balances.get(account) ?? 0n) + amount);
  for (const { debit, credit, amount } of entries) {
    add(debit, -BigInt(amount));
    add(credit, BigInt(amount));
  }
  return balances;
}

/** @returns every account's balance as the ledger keeps it: spendable part and credits not folded yet */
function keptBalances(state: LedgerState): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  const add = (account: string, amount: string) =>
    balances.set(account, (balances.get(account) ?? 0n) + BigInt(amount));
  for (const { accountId, balance } of state.all<{ accountId: string; balance: string }>(
    'balance',
  )) {
    add(accountId, balance);
  }
  for (const { accountId, amount } of state.all<{ accountId: string; amount: string }>('credit')) {
    add(accountId, amount);
  }
  return balances;
}

/** Debits equal credits, and the balances that the ledger keeps are those of its journal. */
export const conservation: AuditRule = {
  check: 'conservation',
  claim:
    'Balances add up to nothing, agree with the journal, and none but the outside is negative.',
  conclude(state) {
    const journal = journalBalances(state.journal());
    const kept = keptBalances(state);
    const problems: string[] = [];
    let total = 0n;
    for (const account of new Set([...journal.keys(), ...kept.keys()])) {
      const balance = kept.get(account) ?? 0n;
      total += balance;
      if (balance !== (journal.get(account) ?? 0n)) {
        problems.push(
          `${account} holds ${balance}, its journal says ${journal.get(account) ?? 0n}.`,
        );
      }
      if (balance < 0n && account !== 'external') problems.push(`${account} is below zero.`);
    }
    if (total !== 0n) problems.push(`All balances together are ${total}, not 0.`);
    return problems;
  },
};

/** Journal entries are made once and never changed. */
export const journalAppendOnly: AuditRule = {
  check: 'journal',
  claim: 'No entry of the journal was changed or removed.',
  observe({ changes }, before) {
    const known = new Map(before.journal().map((entry) => [entry.entryId, entry]));
    return changes
      .filter(({ type }) => type === 'journal')
      .flatMap(({ value }) => {
        if (value === null) return ['A journal entry was removed.'];
        const { entryId } = value as JournalEntry;
        return known.has(entryId) ? [`Journal entry ${entryId} was written twice.`] : [];
      });
  },
};

/** A query that waits for a review has no plan yet; what was paid in for it stands beside it. */
function priceOf({ queryId, plan }: QueryRecord, state: LedgerState): bigint {
  if (plan !== undefined) return BigInt(plan.price);
  return state
    .objects<{ parts: { amount: string }[] }>('escrow', queryId)
    .flatMap(({ parts }) => parts)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** A query that has ended holds no money any more; one that runs holds its price. */
export const escrow: AuditRule = {
  check: 'escrow',
  claim: 'Every escrow of an ended query is empty; every running query holds exactly its price.',
  conclude(state) {
    const balances = journalBalances(state.journal());
    return state.all<QueryRecord>('query').flatMap((query) => {
      const { queryId, status } = query;
      const held = balances.get(`escrow:${queryId}`) ?? 0n;
      const due = FINAL.has(status) ? 0n : priceOf(query, state);
      return held === due
        ? []
        : [`The escrow of query ${queryId} (${status}) holds ${held}, not ${due}.`];
    });
  },
};
