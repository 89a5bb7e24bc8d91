import type { JsonValue } from '@veilsum/crypto';

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

/** One key that a transaction wrote; null deletes it. */
export interface LedgerWrite {
  readonly key: string;
  readonly value: string | null;
}

/**
 * One transaction of a block, valid or not, in the form that both ledgers share. What cannot be read from
 * a refused transaction is empty.
 */
export interface LedgerBlockTransaction {
  readonly transactionId: string;
  readonly contract: string;
  readonly transaction: string;
  /** JSON text. */
  readonly argument: string;
  /** As the caller claims it, in milliseconds since 1970. */
  readonly timestampMs: number;
  readonly mspId: string;
  /** The caller's enrolment certificate, base64 of DER. */
  readonly certificate: string;
  /** `VALID`, or Fabric's name of why it changed nothing. */
  readonly validationCode: string;
  readonly writes: readonly LedgerWrite[];
  readonly events: readonly { readonly name: string; readonly payload: string }[];
  /** What the contract returned, as JSON text or empty. */
  readonly response: string;
}

/** One block in the form that both ledgers share. */
export interface LedgerBlock {
  readonly number: number;
  /** SHA-256 in hex, by the ledger's own rule. */
  readonly hash: string;
  readonly previousHash: string;
  /** Calls of the contracts in order; configuration and chaincode administration are left out. */
  readonly transactions: readonly LedgerBlockTransaction[];
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
  blocks(options: FollowOptions): AsyncIterable<LedgerBlock>;
  /** Number of blocks. */
  height(): Promise<number>;
  close(): Promise<void>;
}
