import { VeilsumError, type JournalEntry } from '@veilsum/protocol';

/** The world outside the ledger; members' balances are held against it, so it may be negative. */
export const EXTERNAL_ACCOUNT = 'external';

/** Money that shall move: `amount` minor units leave `debit` and enter `credit`. */
export type Posting = Pick<
  JournalEntry,
  'debit' | 'credit' | 'amount' | 'kind' | 'queryId' | 'reference'
>;

/** Where entries come from. */
export interface PostingOrigin {
  /** Ledger time in milliseconds. */
  readonly at: number;
  readonly transactionId: string;
}

/**
 * The journal entries of one transaction, in the order of its postings; a posting of 0 moves nothing
 * and makes none.
 * @throws {@link VeilsumError} INVALID_ARGUMENT when money would leave and enter one account
 */
export function journalEntries(
  postings: readonly Posting[],
  { at, transactionId }: PostingOrigin,
): JournalEntry[] {
  return postings
    .filter(({ amount }) => amount !== '0')
    .map((posting, position) => {
      if (posting.debit === posting.credit) {
        throw new VeilsumError('INVALID_ARGUMENT', 'Money cannot move within one account.');
      }
      return { ...posting, entryId: `${transactionId}~${position}`, at };
    });
}

/** What leaves each account that has to hold it, in the order in which accounts appear. */
export function debitTotals(entries: readonly JournalEntry[]): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { debit, amount } of entries) {
    if (debit === EXTERNAL_ACCOUNT) continue;
    totals.set(debit, (totals.get(debit) ?? 0n) + BigInt(amount));
  }
  return totals;
}

/**
 * The rows that add up to what enters accounts. `external` needs not hold what leaves it, so that is
 * a negative row: deposits then do not conflict with each other.
 */
export function creditRows(
  entries: readonly JournalEntry[],
): { readonly accountId: string; readonly amount: bigint }[] {
  return entries.flatMap(({ debit, credit, amount }) => [
    { accountId: credit, amount: BigInt(amount) },
    ...(debit === EXTERNAL_ACCOUNT ? [{ accountId: debit, amount: -BigInt(amount) }] : []),
  ]);
}

/**
 * Asserts that what left accounts is what entered them.
 * @param changes of all accounts in one transaction
 * @throws Error when they do not add up to 0; no input can cause that
 */
export function requireConservation(changes: Iterable<bigint>): void {
  let sum = 0n;
  for (const change of changes) sum += change;
  if (sum !== 0n) throw new Error('Debits and credits of a transaction differ.');
}
