import type { EndorsementPolicy } from '@veilsum/rules';

/** Time of a transaction as its client claims it; Fabric gives `seconds` as a 64-bit integer object. */
export interface LedgerTimestamp {
  readonly seconds: number | { toNumber(): number };
  readonly nanos: number;
}

/** One key of a range read, with its value. */
export interface StateEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** One earlier value of a key. */
export interface KeyModification {
  readonly txId: string;
  readonly timestamp: LedgerTimestamp;
  readonly isDelete: boolean;
  readonly value: Uint8Array;
}

/**
 * What the contracts use of Fabric's chaincode stub, so that any ledger with Fabric's semantics can run
 * them. Reads show the state before the transaction: neither `getState` nor a range read sees what the
 * same transaction wrote. A range read answers in ascending key order.
 */
export interface TransactionStub {
  getTxID(): string;
  getChannelID(): string;
  getTxTimestamp(): LedgerTimestamp;
  /** Answers an empty array for a key that does not exist. */
  getState(key: string): Promise<Uint8Array>;
  putState(key: string, value: Uint8Array): Promise<void>;
  deleteState(key: string): Promise<void>;
  /**
   * From the next block on, writes to the key need these endorsements instead of the chaincode's; the key
   * must be written in the same transaction or exist. A ledger with one operator accepts and ignores it.
   */
  setStateEndorsementPolicy(key: string, policy: EndorsementPolicy): Promise<void>;
  getStateByPartialCompositeKey(
    objectType: string,
    attributes: string[],
  ): AsyncIterable<StateEntry>;
  /** Committed values of a key in any order; not checked again at commit. */
  getHistoryForKey(key: string): AsyncIterable<KeyModification>;
  createCompositeKey(objectType: string, attributes: string[]): string;
  splitCompositeKey(compositeKey: string): { objectType: string; attributes: string[] };
  /** Only the last event of a transaction is kept. */
  setEvent(name: string, payload: Uint8Array): void;
}

/** Who signed the transaction: the enrolment certificate that the ledger has already verified. */
export interface CallerIdentity {
  getMSPID(): string;
  /** The certificate as PEM text. */
  getIDBytes(): Uint8Array;
}

/** What a transaction function gets as its first parameter; Fabric's `Context` has this shape. */
export interface TransactionContext {
  readonly stub: TransactionStub;
  readonly clientIdentity: CallerIdentity;
}
