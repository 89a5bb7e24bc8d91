import type {
  KeyModification,
  LedgerTimestamp,
  StateEntry,
  TransactionStub,
} from '../transaction-stub.js';

/** A committed value with the number of the commit that wrote it. */
export interface CommittedValue {
  readonly value: Uint8Array;
  readonly version: number;
}

/** What a simulated transaction read and wrote. */
export interface Simulation {
  readonly reads: ReadonlyMap<string, number | undefined>;
  readonly ranges: readonly { readonly prefix: string; readonly seen: string }[];
  /** undefined deletes. */
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly event: { readonly name: string; readonly payload: Uint8Array } | undefined;
}

export interface StubFacts {
  readonly state: ReadonlyMap<string, CommittedValue>;
  readonly history: ReadonlyMap<string, readonly KeyModification[]>;
  readonly transactionId: string;
  readonly timestamp: LedgerTimestamp;
}

const SEPARATOR = '\u0000';

/** A stub in memory with Fabric's semantics: reads show committed state only, and all is recorded. */
export class MemoryStub implements TransactionStub {
  readonly #facts: StubFacts;
  readonly #reads = new Map<string, number | undefined>();
  readonly #ranges: { prefix: string; seen: string }[] = [];
  readonly #writes = new Map<string, Uint8Array | undefined>();
  #event: Simulation['event'];

  constructor(facts: StubFacts) {
    this.#facts = facts;
  }

  get simulation(): Simulation {
    return {
      reads: this.#reads,
      ranges: this.#ranges,
      writes: this.#writes,
      event: this.#event,
    };
  }

  getTxID(): string {
    return this.#facts.transactionId;
  }

  getChannelID(): string {
    return 'memory';
  }

  getTxTimestamp(): LedgerTimestamp {
    return this.#facts.timestamp;
  }

  getState(key: string): Promise<Uint8Array> {
    const committed = this.#facts.state.get(key);
    this.#reads.set(key, committed?.version);
    return Promise.resolve(committed?.value ?? new Uint8Array());
  }

  putState(key: string, value: Uint8Array): Promise<void> {
    this.#writes.set(key, value);
    return Promise.resolve();
  }

  deleteState(key: string): Promise<void> {
    this.#writes.set(key, undefined);
    return Promise.resolve();
  }

  /** One process endorses here, so there is nothing to require. */
  setStateEndorsementPolicy(): Promise<void> {
    return Promise.resolve();
  }

  async *getStateByPartialCompositeKey(
    objectType: string,
    attributes: string[],
  ): AsyncIterable<StateEntry> {
    const prefix = this.createCompositeKey(objectType, attributes);
    const found = rangeOf(this.#facts.state, prefix);
    this.#ranges.push({ prefix, seen: rangeDigest(found) });
    for (const [key, { value }] of found) yield await Promise.resolve({ key, value });
  }

  async *getHistoryForKey(key: string): AsyncIterable<KeyModification> {
    // Fabric answers the newest first.
    for (const change of [...(this.#facts.history.get(key) ?? [])].reverse()) {
      yield await Promise.resolve(change);
    }
  }

  createCompositeKey(objectType: string, attributes: string[]): string {
    const parts = [objectType, ...attributes];
    if (parts.some((part) => part.includes(SEPARATOR))) throw new Error('A key part has a zero.');
    return SEPARATOR + parts.map((part) => part + SEPARATOR).join('');
  }

  splitCompositeKey(compositeKey: string): { objectType: string; attributes: string[] } {
    const [objectType = '', ...attributes] = compositeKey.slice(1, -1).split(SEPARATOR);
    return { objectType, attributes };
  }

  setEvent(name: string, payload: Uint8Array): void {
    this.#event = { name, payload };
  }
}

/** The committed keys with a prefix, ascending. */
export function rangeOf(
  state: ReadonlyMap<string, CommittedValue>,
  prefix: string,
): [string, CommittedValue][] {
  const found: [string, CommittedValue][] = [];
  for (const [key, committed] of state) {
    if (key.startsWith(prefix) && key !== prefix) found.push([key, committed]);
  }
  return found.sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Keys and versions of a range, so that a phantom shows. */
export function rangeDigest(found: readonly [string, CommittedValue][]): string {
  return JSON.stringify(found.map(([key, { version }]) => [key, version]));
}
