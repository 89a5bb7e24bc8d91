import { mkdir } from 'node:fs/promises';

import { VeilsumError, type Block, type LedgerTransaction } from '@veilsum/protocol';
import { ClassicLevel } from 'classic-level';

import { decodeBlock, type EncodedBlock } from './block-encoding.js';
import type { KeyRange } from './composite-key.js';
import { HeightSignal } from './height-signal.js';
import type {
  KeyChange,
  StateView,
  Version,
  VersionedEntry,
  VersionedValue,
} from './state-view.js';

type Snapshot = ReturnType<ClassicLevel['snapshot']>;
type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/** First character of every key says what it is; numbers are padded so that their text sorts. */
const blockKey = (number: number) => `b${padded(number)}`;
const transactionKey = (transactionId: string) => `t${transactionId}`;
const stateKey = (key: string) => `s${key}`;
/** The length keeps one key's history apart from that of a key which begins with it. */
const historyPrefix = (key: string) => `h${padded(Buffer.byteLength(key))}${key}`;
const padded = (value: number) => String(value).padStart(12, '0');

const MEMORY = { cacheSize: 64 * 1024 * 1024, writeBufferSize: 16 * 1024 * 1024 };
const BLOCKS_AT_ONCE = 16;

/** A state that does not change while a transaction is simulated on it. Close it after use. */
export interface ClosableView extends StateView {
  close(): Promise<void>;
}

/**
 * Blocks, world state, history and transaction index of one ledger in one LevelDB, as Fabric's default.
 * A block is written in one synced batch, so after a crash it is there whole or not at all.
 */
export class LedgerStore {
  readonly #level: ClassicLevel;
  readonly #height = new HeightSignal();
  #last: Block | undefined;

  private constructor(level: ClassicLevel) {
    this.#level = level;
  }

  /**
   * Opens the store in a folder, which is made when it is not there.
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when another process has it open or it is damaged,
   * LEDGER_INTEGRITY when its last block is not what was written
   */
  static async open(folder: string): Promise<LedgerStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const level = new ClassicLevel(folder, { ...MEMORY });
    try {
      await level.open();
    } catch (cause) {
      throw new VeilsumError(
        'STATE_FOLDER_INVALID',
        `The ledger in ${folder} cannot be opened; is another process using it?`,
        { cause },
      );
    }
    const store = new LedgerStore(level);
    await store.#readLast();
    return store;
  }

  /** Number of blocks. */
  get height(): number {
    return this.#height.value;
  }

  /** The newest block; undefined while there is none. */
  get last(): Block | undefined {
    return this.#last;
  }

  /** Waits until there are at least so many blocks. Rejects when the signal aborts. */
  waitForHeight(height: number, signal?: AbortSignal): Promise<void> {
    return this.#height.wait(height, signal);
  }

  /** Makes those who wait for a height stop with an error. */
  fail(error: Error): void {
    this.#height.fail(error);
  }

  /** @throws {@link VeilsumError} NOT_FOUND when there is no such block */
  readBlock(number: number): Block {
    return decodeBlock(this.readBlockText(number));
  }

  /** @throws {@link VeilsumError} NOT_FOUND when there is no such block */
  hashOf(number: number): Block['hash'] {
    // The newest is the one that is asked for, and blocks are long.
    return (this.#last?.number === number ? this.#last : this.readBlock(number)).hash;
  }

  /** Canonical JSON of a block. @throws {@link VeilsumError} NOT_FOUND when there is no such block */
  readBlockText(number: number): string {
    const text = this.#level.getSync(blockKey(number));
    if (text === undefined) throw new VeilsumError('NOT_FOUND', `There is no block ${number}.`);
    return text;
  }

  /** Canonical JSON of blocks, past and coming, until the signal aborts. */
  async *followBlockTexts(fromBlock: number, signal?: AbortSignal): AsyncGenerator<string> {
    let next = fromBlock;
    while (!isAborted(signal)) {
      if (next >= this.height && !(await this.#hasGrownTo(next + 1, signal))) return;
      const texts = await this.#level
        .values({ gte: blockKey(next), lt: blockKey(next + BLOCKS_AT_ONCE) })
        .all();
      for (const text of texts) {
        next += 1;
        yield text;
        if (isAborted(signal)) return;
      }
    }
  }

  /** Where a transaction is, valid or not. */
  findTransaction(transactionId: string): Version | undefined {
    const found = this.#level.getSync(transactionKey(transactionId));
    return found === undefined ? undefined : decodeVersion(found).version;
  }

  /** The newest state; it moves on with every block. */
  currentState(): StateView {
    return new LevelView(this.#level);
  }

  /** The state as it is now, unmoved by later blocks. */
  snapshot(): ClosableView {
    return new LevelView(this.#level, this.#level.snapshot());
  }

  /** Writes a block with all that follows from it, and returns when it is on disk. */
  async append({ block, text }: EncodedBlock): Promise<void> {
    const operations: Operation[] = [
      { type: 'put', key: blockKey(block.number), value: text },
      ...block.transactions.flatMap((transaction, index) =>
        operationsOf(transaction, { block: block.number, transaction: index }),
      ),
    ];
    await this.#level.batch(operations, { sync: true });
    this.#last = block;
    this.#height.advance(block.number + 1);
  }

  async close(): Promise<void> {
    this.#height.fail(new VeilsumError('LEDGER_UNAVAILABLE', 'The ledger was closed.'));
    await this.#level.close();
  }

  async #hasGrownTo(height: number, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.waitForHeight(height, signal);
      return true;
    } catch (error) {
      if (isAborted(signal)) return false;
      throw error;
    }
  }

  async #readLast(): Promise<void> {
    const [text] = await this.#level
      .values({ gte: blockKey(0), lt: 'c', reverse: true, limit: 1 })
      .all();
    if (text === undefined) return;
    this.#last = decodeBlock(text);
    this.#height.advance(this.#last.number + 1);
  }
}

class LevelView implements ClosableView {
  readonly #level: ClassicLevel;
  readonly #snapshot: Snapshot | undefined;

  constructor(level: ClassicLevel, snapshot?: Snapshot) {
    this.#level = level;
    this.#snapshot = snapshot;
  }

  get(key: string): VersionedValue | undefined {
    const found = this.#level.getSync(stateKey(key), { snapshot: this.#snapshot });
    return found === undefined ? undefined : decodeVersion(found);
  }

  async range({ startKey, endKey }: KeyRange): Promise<readonly VersionedEntry[]> {
    const entries = await this.#level
      .iterator({ gte: stateKey(startKey), lt: stateKey(endKey), snapshot: this.#snapshot })
      .all();
    return entries.map(([key, found]) => ({ key: key.slice(1), ...decodeVersion(found) }));
  }

  async history(key: string): Promise<readonly KeyChange[]> {
    const prefix = historyPrefix(key);
    const changes = await this.#level
      .values({ gt: prefix, lt: `${prefix}:`, reverse: true, snapshot: this.#snapshot })
      .all();
    return changes.map((change) => JSON.parse(change) as KeyChange);
  }

  async close(): Promise<void> {
    await this.#snapshot?.close();
  }
}

/** Asked anew each time, since whoever takes a block may abort. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** What a transaction changes in the store: its index, and, when it is valid, state and history. */
function operationsOf(
  { envelope: { proposal }, readWriteSet, validationCode }: LedgerTransaction,
  version: Version,
): Operation[] {
  const index: Operation = {
    type: 'put',
    key: transactionKey(proposal.transactionId),
    value: encodeVersion(version, ''),
  };
  if (validationCode !== 'VALID') return [index];
  return [
    index,
    ...readWriteSet.writes.flatMap(({ key, value }): Operation[] => [
      value === null
        ? { type: 'del', key: stateKey(key) }
        : { type: 'put', key: stateKey(key), value: encodeVersion(version, value) },
      {
        type: 'put',
        key: `${historyPrefix(key)}${padded(version.block)}${padded(version.transaction)}`,
        value: JSON.stringify({
          transactionId: proposal.transactionId,
          timestampMs: proposal.timestampMs,
          value,
        } satisfies KeyChange),
      },
    ]),
  ];
}

function encodeVersion({ block, transaction }: Version, value: string): string {
  return `${block}:${transaction}:${value}`;
}

function decodeVersion(text: string): VersionedValue {
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  return {
    version: {
      block: Number(text.slice(0, first)),
      transaction: Number(text.slice(first + 1, second)),
    },
    value: text.slice(second + 1),
  };
}
