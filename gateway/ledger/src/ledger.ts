import type { JsonValue } from '@veilsum/crypto';
import type { Block } from '@veilsum/protocol';

/** One call of a contract; `argument` becomes the transaction's only argument, as JSON text. */
export interface LedgerRequest {
  readonly contract: string;
  readonly transaction: string;
  readonly argument: JsonValue;
}

/** A transaction that is in a block and valid. */
export interface LedgerCommit {
  readonly transactionId: string;
  readonly blockNumber: number;
  /** What the contract returned, parsed. */
  readonly result: JsonValue;
}

/** An event set by a valid transaction, in block order. */
export interface LedgerEvent {
  readonly blockNumber: number;
  readonly transactionId: string;
  readonly name: string;
  readonly payload: JsonValue;
}

export interface FollowOptions {
  /** First block to deliver; 0 is the genesis block. */
  readonly fromBlock: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/**
 * The ledger as one member sees it. Adapters: embedded and fabric.
 * Every method throws {@link VeilsumError}; a commit whose status is unknown is reported as
 * COMMIT_STATUS_UNKNOWN with its transaction id, never as success or failure.
 */
export interface Ledger {
  /** Signs, submits and waits for the commit. Conflicts between transactions are retried inside. */
  submit(request: LedgerRequest): Promise<LedgerCommit>;
  /** Asks a contract without writing. */
  evaluate(request: LedgerRequest): Promise<JsonValue>;
  /** Contract events of valid transactions, past and coming, until aborted. Survives reconnects; none twice. */
  events(options: FollowOptions): AsyncIterable<LedgerEvent>;
  /** Blocks, past and coming, until aborted. */
  blocks(options: FollowOptions): AsyncIterable<Block>;
  /** Number of blocks. */
  height(): Promise<number>;
  close(): Promise<void>;
}
