import type { JournalEntry, QueryRecord } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';

const OPEN: readonly QueryRecord['status'][] = ['reviewing', 'authorised', 'blinded', 'released'];

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
  return changed.flatMap(({ after }) =>
    after === undefined ? [] : escrowFaults(state, accounts, after),
  );
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
  return [
    ...faults,
    ...state.list('query').flatMap((query) => escrowFaults(state, accounts, query)),
  ];
}

/** At the end, every escrow went out: everyone has back what it paid in, or all went to those who are paid. */
export function escrowsPaidOnce(state: CommittedState): string[] {
  const entries = groupByQuery(state.list('journal'));
  return state
    .list('query')
    .flatMap((query) =>
      payoutFaults(query, entries.get(query.queryId) ?? []).map(
        (fault) => `query ${query.queryId}, ${query.status}: ${fault}`,
      ),
    );
}

function payoutFaults({ queryId, status, plan }: QueryRecord, lines: JournalEntry[]): string[] {
  const account = `escrow:${queryId}`;
  const paidIn = sumsOf(lines.filter(({ credit }) => credit === account).map(debitOf));
  const paidOut = lines.filter(({ debit }) => debit === account);
  const refunds = sumsOf(paidOut.filter(({ kind }) => kind === 'refund').map(creditOf));
  const rewards = sumsOf(paidOut.filter(({ kind }) => kind !== 'refund').map(creditOf));
  const kept = totalOf(paidIn) - totalOf(refunds);
  const strangers = [...refunds.keys()].filter((accountId) => !paidIn.has(accountId));
  const faults = strangers.map((accountId) => `${accountId} was refunded what it had not paid`);
  if (totalOf(rewards) !== kept) faults.push(`${kept} was kept and ${totalOf(rewards)} paid`);
  if (status !== 'settled') {
    return isSame(paidIn, refunds) ? faults : [...faults, 'not everyone was refunded'];
  }
  const fair = kept > 0n && kept <= BigInt(plan?.price ?? 0);
  return fair ? faults : [...faults, `${kept} was paid of ${plan?.price}`];
}

type Sums = ReadonlyMap<string, bigint>;

const debitOf = ({ debit, amount }: JournalEntry) => [debit, BigInt(amount)] as const;
const creditOf = ({ credit, amount }: JournalEntry) => [credit, BigInt(amount)] as const;

function sumsOf(amounts: readonly (readonly [string, bigint])[]): Sums {
  const sums = new Map<string, bigint>();
  for (const [accountId, amount] of amounts) add(sums, accountId, amount);
  return sums;
}

const totalOf = (sums: Sums): bigint => [...sums.values()].reduce((sum, it) => sum + it, 0n);

function isSame(left: Sums, right: Sums): boolean {
  return (
    left.size === right.size && [...left].every(([account, sum]) => right.get(account) === sum)
  );
}

function escrowFaults(
  state: CommittedState,
  accounts: ReadonlyMap<string, bigint>,
  query: QueryRecord,
): string[] {
  const held = accounts.get(`escrow:${query.queryId}`) ?? 0n;
  const due = OPEN.includes(query.status) ? priceOf(state, query) : 0n;
  return held === due
    ? []
    : [`the escrow of query ${query.queryId}, ${query.status}, holds ${held} instead of ${due}`];
}

/** Of the plan; while a query waits for a review, what its verdict says with what the fund adds. */
function priceOf(state: CommittedState, { queryId, plan, verdict }: QueryRecord): bigint {
  if (plan !== undefined) return BigInt(plan.price);
  const own = verdict.trace.find(({ rule }) => rule === 'price')?.inputs['price'] ?? '0';
  const parts = state.get('escrow', queryId)?.parts ?? [];
  return parts
    .filter(({ accountId }) => accountId === 'fund:subsidy')
    .reduce((sum, { amount }) => sum + BigInt(amount), BigInt(own));
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
