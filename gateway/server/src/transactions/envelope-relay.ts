import type { LedgerTransaction, TransactionEnvelope } from '@veilsum/protocol';

/** Where a relayed transaction ended, in the ledger's own words. */
export interface RelayedOutcome {
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly validationCode: LedgerTransaction['validationCode'];
  /** JSON text. */
  readonly response: string;
}

/**
 * Hands a member's signed transaction on to the ledger as it is: the gateway can neither change nor
 * make one. Both throw {@link VeilsumError} with the ledger's own code.
 */
export interface EnvelopeRelay {
  /** Returns once it is in a block. Sending the same envelope twice changes nothing. */
  submit(envelope: TransactionEnvelope): Promise<RelayedOutcome>;
  /** Asks without writing. @returns JSON text of what the contract returned */
  evaluate(envelope: TransactionEnvelope): Promise<string>;
}
