import { canonicalBytes } from '@veilsum/crypto';
import { VeilsumError, type ErrorCode } from '@veilsum/protocol';
import type { EndorsementPolicy } from '@veilsum/rules';
import type { ZodType } from 'zod';
import type { TransactionStub } from './transaction-stub.js';

/** One kind of object on the ledger: its composite keys `type~part~part` and the format of its values. */
export interface StateKind<Value> {
  /** First part of the composite key. */
  readonly type: string;
  /** What a sentence calls it, e.g. `member`. */
  readonly noun: string;
  readonly schema: ZodType<Value>;
  /** Code of the error when a needed one is missing. */
  readonly notFound: ErrorCode;
}

/** An object with the parts of its key after the type. */
export interface KeyedValue<Value> {
  readonly parts: readonly string[];
  readonly value: Value;
}

/**
 * Typed access to the state of one transaction. Fabric shows a transaction neither its own writes nor
 * the sum of two writes to one key, so both are refused here: they would lose an update silently.
 */
export class WorldState {
  readonly #stub: TransactionStub;
  readonly #written = new Set<string>();

  constructor(stub: TransactionStub) {
    this.#stub = stub;
  }

  /** @returns the object, or undefined when there is none */
  async get<Value>(
    kind: StateKind<Value>,
    ...parts: readonly string[]
  ): Promise<Value | undefined> {
    const key = this.#key(kind, parts);
    if (this.#written.has(key)) throw readAfterWrite(kind);
    const bytes = await this.#stub.getState(key);
    return bytes.length === 0 ? undefined : (decode(bytes) as Value);
  }

  /** @throws {@link VeilsumError} with the kind's `notFound` code when there is none */
  async require<Value>(kind: StateKind<Value>, ...parts: readonly string[]): Promise<Value> {
    const value = await this.get(kind, ...parts);
    if (value === undefined) {
      throw new VeilsumError(kind.notFound, `There is no ${kind.noun} ${parts.join(' ')}.`);
    }
    return value;
  }

  /**
   * Writes the canonical JSON of the value; the key must not have been written in this transaction.
   * @param policy when given, who must endorse the key's next writes; else that stays as it is
   */
  async put<Value>(
    kind: StateKind<Value>,
    parts: readonly string[],
    value: Value,
    policy?: EndorsementPolicy,
  ): Promise<void> {
    const key = this.#claimWrite(kind, parts);
    await this.#stub.putState(key, canonicalBytes(kind.schema.parse(value)));
    if (policy !== undefined) await this.#stub.setStateEndorsementPolicy(key, policy);
  }

  /** Removes the object; its history stays. */
  async delete(kind: StateKind<unknown>, ...parts: readonly string[]): Promise<void> {
    await this.#stub.deleteState(this.#claimWrite(kind, parts));
  }

  /**
   * All objects whose key begins with the given parts, in key order. The ledger notices at commit when
   * one was added, changed or removed meanwhile.
   */
  async list<Value>(kind: StateKind<Value>, ...prefix: readonly string[]): Promise<Value[]> {
    return (await this.entries(kind, ...prefix)).map(({ value }) => value);
  }

  /** Like {@link list}, with the parts of each key. */
  async entries<Value>(
    kind: StateKind<Value>,
    ...prefix: readonly string[]
  ): Promise<KeyedValue<Value>[]> {
    this.#requireUnwritten(kind, prefix);
    const found: KeyedValue<Value>[] = [];
    for await (const { key, value } of this.#stub.getStateByPartialCompositeKey(kind.type, [
      ...prefix,
    ])) {
      const parts = this.#stub.splitCompositeKey(key).attributes;
      found.push({ parts, value: decode(value) as Value });
    }
    return found;
  }

  /** Every committed value of one key, in no promised order; deletions left out. For reading only. */
  async history<Value>(kind: StateKind<Value>, ...parts: readonly string[]): Promise<Value[]> {
    const values: Value[] = [];
    for await (const change of this.#stub.getHistoryForKey(this.#key(kind, parts))) {
      if (!change.isDelete) values.push(decode(change.value) as Value);
    }
    return values;
  }

  #key(kind: StateKind<unknown>, parts: readonly string[]): string {
    return this.#stub.createCompositeKey(kind.type, [...parts]);
  }

  #claimWrite(kind: StateKind<unknown>, parts: readonly string[]): string {
    const key = this.#key(kind, parts);
    if (this.#written.has(key)) {
      throw new Error(`A transaction writes one ${kind.noun} twice.`);
    }
    this.#written.add(key);
    return key;
  }

  #requireUnwritten(kind: StateKind<unknown>, prefix: readonly string[]): void {
    // A composite key ends each part with a separator, so text prefixes are part prefixes.
    const start = this.#key(kind, prefix);
    for (const key of this.#written) if (key.startsWith(start)) throw readAfterWrite(kind);
  }
}

function readAfterWrite(kind: StateKind<unknown>): Error {
  return new Error(`A transaction reads a ${kind.noun} that it wrote.`);
}

/** The state holds only what `put` wrote, so it is not checked against its schema again. */
function decode(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
