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
