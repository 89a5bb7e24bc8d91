import type { KeyModification, StateEntry, TransactionStub } from '@veilsum/contracts';
import {
  VeilsumError,
  type LedgerTransaction,
  type ReadWriteSet,
  type TransactionProposal,
} from '@veilsum/protocol';

import {
  compareKeys,
  compositeRange,
  createCompositeKey,
  requireKey,
  splitCompositeKey,
  type KeyRange,
} from './composite-key.js';
import type { StateView, Version } from './state-view.js';

/** What running a transaction would do; nothing is written by it. */
export type SimulationResult = Pick<LedgerTransaction, 'readWriteSet' | 'events' | 'response'>;

/** `evaluate` may read history, which is not checked again at commit. */
export type SimulationPurpose = 'submit' | 'evaluate';

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array();

/**
 * Fabric's chaincode stub for one transaction (docs/ledger.md, Keys and determinism): reads answer from
 * the committed state and are recorded with their versions, writes are collected and never read back,
 * the last event wins.
 */
export class Simulation implements TransactionStub {
  readonly #proposal: TransactionProposal;
  readonly #view: StateView;
  readonly #purpose: SimulationPurpose;
  readonly #reads = new Map<string, Version | null>();
  readonly #ranges = new Map<string, ReadWriteSet['ranges'][number]>();
  readonly #writes = new Map<string, string | null>();
  #event: LedgerTransaction['events'][number] | undefined;

  constructor(proposal: TransactionProposal, view: StateView, purpose: SimulationPurpose) {
    this.#proposal = proposal;
    this.#view = view;
    this.#purpose = purpose;
  }

  /** What the transaction did, once its contract has answered; sorted, so that it has one form. */
  result(response: string): SimulationResult {
    const byKey = <Entry extends { key: string }>(entries: Entry[]): Entry[] =>
      entries.sort((left, right) => compareKeys(left.key, right.key));
    return {
      readWriteSet: {
        reads: byKey([...this.#reads].map(([key, version]) => ({ key, version }))),
        ranges: [...this.#ranges.values()],
        writes: byKey([...this.#writes].map(([key, value]) => ({ key, value }))),
      },
      events: this.#event === undefined ? [] : [this.#event],
      response,
    };
  }

  getTxID(): string {
    return this.#proposal.transactionId;
  }

  getChannelID(): string {
    return this.#proposal.channel;
  }

  getTxTimestamp(): { seconds: number; nanos: number } {
    const { timestampMs } = this.#proposal;
    return { seconds: Math.floor(timestampMs / 1000), nanos: (timestampMs % 1000) * 1_000_000 };
  }

  getFunctionAndParameters(): { fcn: string; params: string[] } {
    return { fcn: this.#proposal.transaction, params: [this.#proposal.argument] };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- Fabric's stub answers with promises
  async getState(key: string): Promise<Uint8Array> {
    requireKey(key);
    const found = this.#view.get(key);
    this.#reads.set(key, found?.version ?? null);
    return found === undefined ? NOTHING : Buffer.from(found.value);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- Fabric's stub answers with promises
  async putState(key: string, value: Uint8Array): Promise<void> {
    requireKey(key);
    if (value.length === 0) {
      throw new VeilsumError(
        'INVALID_ARGUMENT',
        'An empty value cannot be told from an absent one.',
      );
    }
    this.#writes.set(key, decodeText(value));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- Fabric's stub answers with promises
  async deleteState(key: string): Promise<void> {
    requireKey(key);
    this.#writes.set(key, null);
  }

  /** One operator endorses everything here, so there is nothing to require (docs/ledger.md). */
  // eslint-disable-next-line @typescript-eslint/require-await -- Fabric's stub answers with promises
  async setStateEndorsementPolicy(key: string): Promise<void> {
    requireKey(key);
  }

  getStateByRange(startKey: string, endKey: string): AsyncIterable<StateEntry> {
    // Fabric's simple ranges leave composite keys out, which all begin with U+0000.
    return this.#range({ startKey: startKey === '' ? '\u0001' : startKey, endKey });
  }

  getStateByPartialCompositeKey(
    objectType: string,
    attributes: string[],
  ): AsyncIterable<StateEntry> {
    return this.#range(compositeRange(objectType, attributes));
  }

  async *getHistoryForKey(key: string): AsyncGenerator<KeyModification> {
    if (this.#purpose === 'submit') {
      throw new VeilsumError(
        'INVALID_STATE',
        'History is not checked again at commit, so only evaluate may read it.',
      );
    }
    requireKey(key);
    for (const { transactionId, timestampMs, value } of await this.#view.history(key)) {
      yield {
        txId: transactionId,
        timestamp: { seconds: Math.floor(timestampMs / 1000), nanos: (timestampMs % 1000) * 1e6 },
        isDelete: value === null,
        value: Buffer.from(value ?? ''),
      };
    }
  }

  createCompositeKey(objectType: string, attributes: string[]): string {
    return createCompositeKey(objectType, attributes);
  }

  splitCompositeKey(compositeKey: string): { objectType: string; attributes: string[] } {
    return splitCompositeKey(compositeKey);
  }

  setEvent(name: string, payload: Uint8Array): void {
    if (name === '') throw new VeilsumError('INVALID_ARGUMENT', 'An event has a name.');
    this.#event = { name, payload: decodeText(payload) };
  }

  async *#range(range: KeyRange): AsyncGenerator<StateEntry> {
    // The whole range is read at once, so the recorded range is the one asked for, never a part.
    const found = await this.#view.range(range);
    this.#ranges.set(`${range.startKey}\n${range.endKey}`, {
      ...range,
      results: found.map(({ key, version }) => ({ key, version })),
    });
    for (const { key, value } of found) yield { key, value: Buffer.from(value) };
  }
}

/** Values and events are text in every contract of this ledger, and blocks are JSON. */
function decodeText(bytes: Uint8Array): string {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    throw new VeilsumError('INVALID_ARGUMENT', 'A value or an event is not UTF-8 text.');
  }
}
