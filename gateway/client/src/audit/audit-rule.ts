import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** Something that should not be on the ledger, and the transaction that put it there. */
export interface AuditFinding {
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly sentence: string;
}

/**
 * One thing that must hold. It sees every valid transaction with the state before it, and at the end
 * the whole state.
 */
export interface AuditRule {
  readonly check: string;
  /** What holds when nothing is found. */
  readonly claim: string;
  observe?(transaction: AuditedTransaction, before: LedgerState): readonly string[];
  conclude?(state: LedgerState): readonly string[];
}

/** An object of a kind that a transaction changed: undefined where there was, or is, none. */
export interface KindChange<Value> {
  readonly parts: readonly string[];
  readonly after: Value | undefined;
  readonly earlier: Value | undefined;
}

/** @returns what a transaction changed of a kind, with what was there before; the caller knows its type */
export function changesOf<Value>(
  { changes }: AuditedTransaction,
  type: string,
  before: LedgerState,
): KindChange<Value>[] {
  return changes
    .filter((change) => change.type === type)
    .map(({ parts, value }) => ({
      parts,
      after: (value ?? undefined) as Value | undefined,
      earlier: before.value(type, parts) as Value | undefined,
    }));
}
