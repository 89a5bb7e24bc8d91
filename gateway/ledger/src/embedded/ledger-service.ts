import type { Block, LedgerTransaction, TransactionEnvelope } from '@veilsum/protocol';

import type { FollowOptions } from '../ledger.js';

/** Where a transaction ended, valid or not; `response` is what its contract returned. */
export interface TransactionOutcome {
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly validationCode: LedgerTransaction['validationCode'];
  readonly response: string;
}

export interface LedgerStatus {
  readonly channel: string;
  /** Hash of block 0, which names the ledger. */
  readonly genesisHash: string;
  /** Number of blocks. */
  readonly height: number;
  /** Hash of the newest block. */
  readonly headHash: string;
}

/** What an embedded ledger does for its members, in process or over HTTP; all throw VeilsumError. */
export interface LedgerService {
  /**
   * Orders a signed transaction and waits until it is on disk. The same envelope again gets the same
   * answer; its transaction id with other content is refused.
   */
  submit(envelope: TransactionEnvelope): Promise<TransactionOutcome>;
  /** Runs a signed transaction without writing. @returns what its contract returned */
  evaluate(envelope: TransactionEnvelope): Promise<string>;
  /** @returns undefined when no block has the transaction */
  findTransaction(transactionId: string): Promise<TransactionOutcome | undefined>;
  blocks(options: FollowOptions): AsyncIterable<Block>;
  status(): Promise<LedgerStatus>;
  close(): Promise<void>;
}
