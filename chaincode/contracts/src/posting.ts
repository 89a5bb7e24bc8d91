import { VeilsumError, type JournalEntry } from '@veilsum/protocol';
import {
  creditRows,
  debitTotals,
  journalEntries,
  requireConservation,
  type Posting,
} from '@veilsum/rules';
import { balances, credits, journal, journalKey, statements } from './ledger-objects.js';
import { withFrozenRewards } from './reward-freeze.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

type PostingCall = Pick<TransactionCall, 'state' | 'now' | 'transactionId'>;

/**
 * Moves money: writes journal, balances and credits of one transaction, double entry. A transaction
 * posts at most once, with all its postings; postings of 0 leave no trace. What a member earns while an
 * incident freezes its rewards goes to its frozen account.
 * @throws {@link VeilsumError} INSUFFICIENT_FUNDS when an account other than `external` does not hold
 * what leaves it
 */
export async function post(
  call: PostingCall,
  postings: readonly Posting[],
): Promise<JournalEntry[]> {
  const { state, now, transactionId } = call;
  const sent = await withFrozenRewards(state, postings);
  const entries = journalEntries(sent, { at: now, transactionId });
  const changes: bigint[] = [];
  for (const [accountId, amount] of debitTotals(entries)) {
    changes.push(await debit(state, accountId, amount));
  }
  for (const [position, { accountId, amount }] of creditRows(entries).entries()) {
    changes.push(amount);
    await state.put(credits, [accountId, transactionId, rowNumber(position)], {
      accountId,
      amount: String(amount),
    });
  }
  requireConservation(changes);
  for (const [position, entry] of entries.entries()) {
    const key = journalKey(now, transactionId, position);
    await state.put(journal, key, entry);
    await state.put(statements, [entry.debit, ...key], entry);
    await state.put(statements, [entry.credit, ...key], entry);
  }
  return entries;
}

/**
 * What an account holds, in minor units. It reads every credit, so a transaction that must not conflict
 * with payouts asks {@link holdsAtLeast}.
 */
export async function readBalance(state: WorldState, accountId: string): Promise<bigint> {
  const spendable = await readSpendable(state, accountId);
  const rows = await state.list(credits, accountId);
  return rows.reduce((sum, { amount }) => sum + BigInt(amount), spendable);
}

/** Whether an account holds an amount; credits are only looked at when the folded balance is too small. */
export async function holdsAtLeast(
  state: WorldState,
  accountId: string,
  amount: bigint,
): Promise<boolean> {
  if ((await readSpendable(state, accountId)) >= amount) return true;
  return (await readBalance(state, accountId)) >= amount;
}

/**
 * Takes money out of an account, folding its credits first when they are needed.
 * @returns the change of what the account holds, which is negative
 */
async function debit(state: WorldState, accountId: string, amount: bigint): Promise<bigint> {
  const spendable = await readSpendable(state, accountId);
  const folded = spendable < amount ? await foldCredits(state, accountId) : 0n;
  const rest = spendable + folded - amount;
  if (rest < 0n) {
    throw new VeilsumError(
      'INSUFFICIENT_FUNDS',
      `The account ${accountId} holds ${spendable + folded} minor units; ${amount} are needed.`,
    );
  }
  await state.put(balances, [accountId], { accountId, balance: String(rest) });
  return rest - spendable - folded;
}

async function readSpendable(state: WorldState, accountId: string): Promise<bigint> {
  return BigInt((await state.get(balances, accountId))?.balance ?? '0');
}

async function foldCredits(state: WorldState, accountId: string): Promise<bigint> {
  let sum = 0n;
  for (const { parts, value } of await state.entries(credits, accountId)) {
    sum += BigInt(value.amount);
    await state.delete(credits, ...parts);
  }
  return sum;
}

function rowNumber(position: number): string {
  return String(position).padStart(6, '0');
}
