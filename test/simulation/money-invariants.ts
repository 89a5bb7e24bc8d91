import type { JournalEntry, QueryRecord } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';

const OPEN: readonly QueryRecord['status'][] = ['authorised', 'blinded', 'released'];

/** Money is neither made nor lost, and no account but the world outside is below zero. */
export function moneyConserved(state: CommittedState, { changes }: Commit): string[] {
  const moved =
    changes.of('balance').length + changes.of('credit').length + changes.of('journal').length;
  if (moved === 0) return [];
  const accounts = balancesOf(state);
  const sum = [...accounts.values()].reduce((total, amount) => total + amount, 0n);
  const negative = [...accounts].filter(
    ([accountId, amount]) => amount < 0n && accountId !== 'external',
  );
  return [
    ...(sum === 0n ? [] : [`all accounts together hold ${sum} instead of 0`]),
    ...negative.map(([accountId, amount]) => `the account ${accountId} holds ${amount}`),
  ];
}

/** An escrow holds the price as long as its query is open, and nothing afterwards. */
export function escrowFollowsQuery(state: CommittedState, { changes }: Commit): string[] {
  const changed = changes.of('query');
  if (changed.length === 0) return [];
  const accounts = balancesOf(state);
  return changed.flatMap(({ after }) => (after === undefined ? [] : escrowFaults(accounts, after)));
}

/** At the end, balances are what the journal adds up to, and what is outside is what transfers confirmed. */
export function booksAgree(state: CommittedState): string[] {
  const accounts = balancesOf(state);
  const journalled = new Map<string, bigint>();
  for (const { debit, credit, amount } of state.list('journal')) {
    add(journalled, debit, -BigInt(amount));
    add(journalled, credit, BigInt(amount));
  }
  const names = new Set([...accounts.keys(), ...journalled.keys()]);
  const faults = [...names]
    .filter((name) => (accounts.get(name) ?? 0n) !== (journalled.get(name) ?? 0n))
    .map((name) => `the account ${name} holds ${accounts.get(name)}, not ${journalled.get(name)}`);
  const inside = state
    .list('transfer')
    .filter(({ status }) => status === 'confirmed')
    .reduce((sum, { kind, amount }) => sum + (kind === 'deposit' ? 1n : -1n) * BigInt(amount), 0n);
  const outside = accounts.get('external') ?? 0n;
  if (inside + outside !== 0n) faults.push(`transfers brought in ${inside}, not ${-outside}`);
  return [...faults, ...state.list('query').flatMap((query) => escrowFaults(accounts, query))];
}

/** At the end, every escrow went out once: all of it back to the analyst, or all of it to those who are paid. */
export function escrowsPaidOnce(state: CommittedState): string[] {
  const entries = groupByQuery(state.list('journal'));
  return state.list('query').flatMap(({ queryId, status, plan, analystId }) => {
    if (plan === undefined)
      return entries.has(queryId) ? [`refused query ${queryId} moved money`] : [];
    const lines = entries.get(queryId) ?? [];
    const out = lines.filter(({ debit }) => debit === `escrow:${queryId}`);
    const paid = out.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const refunds = out.filter(({ kind }) => kind === 'refund');
    // The fee of a keyholder whose share stayed missing goes back too, but never the whole price.
    const back = refunds.every(({ credit }) => credit === `member:${analystId}`);
    const whole = out.length === 1 && refunds.length === 1;
    const right = back && (status === 'settled') !== whole;
    const once = paid === BigInt(plan.price);
    return once && right ? [] : [`query ${queryId}, ${status}, paid ${paid} of ${plan.price}`];
  });
}

function escrowFaults(accounts: ReadonlyMap<string, bigint>, query: QueryRecord): string[] {
  const held = accounts.get(`escrow:${query.queryId}`) ?? 0n;
  const due = OPEN.includes(query.status) ? BigInt(query.plan?.price ?? 0) : 0n;
  return held === due
    ? []
    : [`the escrow of query ${query.queryId}, ${query.status}, holds ${held} instead of ${due}`];
}

/** What every account holds: its folded balance and the credits beside it. */
function balancesOf(state: CommittedState): Map<string, bigint> {
  const accounts = new Map<string, bigint>();
  for (const { accountId, balance } of state.list('balance')) {
    add(accounts, accountId, BigInt(balance));
  }
  for (const { accountId, amount } of state.list('credit')) {
    add(accounts, accountId, BigInt(amount));
  }
  return accounts;
}

function add(accounts: Map<string, bigint>, accountId: string, amount: bigint): void {
  accounts.set(accountId, (accounts.get(accountId) ?? 0n) + amount);
}

function groupByQuery(lines: readonly JournalEntry[]): Map<string, JournalEntry[]> {
  const groups = new Map<string, JournalEntry[]>();
  for (const line of lines) {
    if (line.queryId === undefined) continue;
    groups.set(line.queryId, [...(groups.get(line.queryId) ?? []), line]);
  }
  return groups;
}
