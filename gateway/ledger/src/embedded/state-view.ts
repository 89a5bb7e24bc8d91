import type { LedgerTransaction, ReadWriteSet } from '@veilsum/protocol';

import { compareKeys, type KeyRange } from './composite-key.js';

/** Position of the transaction that last wrote a key. */
export interface Version {
  readonly block: number;
  readonly transaction: number;
}

export interface VersionedValue {
  readonly value: string;
  readonly version: Version;
}

export interface VersionedEntry extends VersionedValue {
  readonly key: string;
}

/** One committed change of a key. */
export interface KeyChange {
  readonly transactionId: string;
  readonly timestampMs: number;
  /** null: the key was deleted. */
  readonly value: string | null;
}

/** The world state as one transaction sees it. */
export interface StateView {
  get(key: string): VersionedValue | undefined;
  /** In ascending order of UTF-8 bytes. */
  range(range: KeyRange): Promise<readonly VersionedEntry[]>;
  /** Newest first, as Fabric answers. */
  history(key: string): Promise<readonly KeyChange[]>;
}

/** A state with the writes of some transactions of the block in the making on top. */
export class OverlayView implements StateView {
  readonly #base: StateView;
  readonly #written = new Map<string, VersionedValue | undefined>();

  constructor(base: StateView) {
    this.#base = base;
  }

  /** Puts the writes of a valid transaction on top. */
  apply(writes: ReadWriteSet['writes'], version: Version): void {
    for (const { key, value } of writes) {
      this.#written.set(key, value === null ? undefined : { value, version });
    }
  }

  get(key: string): VersionedValue | undefined {
    return this.#written.has(key) ? this.#written.get(key) : this.#base.get(key);
  }

  async range(range: KeyRange): Promise<readonly VersionedEntry[]> {
    const below = await this.#base.range(range);
    const above = this.#writtenIn(range);
    if (above.length === 0) return below;
    const kept = below.filter(({ key }) => !this.#written.has(key));
    const added = above.flatMap(([key, found]) => (found === undefined ? [] : [{ key, ...found }]));
    return [...kept, ...added].sort((left, right) => compareKeys(left.key, right.key));
  }

  history(key: string): Promise<readonly KeyChange[]> {
    return this.#base.history(key);
  }

  #writtenIn({ startKey, endKey }: KeyRange): [string, VersionedValue | undefined][] {
    return [...this.#written].filter(
      ([key]) => compareKeys(key, startKey) >= 0 && compareKeys(key, endKey) < 0,
    );
  }
}

/**
 * Fabric's check at commit: everything that the transaction read is still as it was read.
 * @param view - the state after all earlier valid transactions, also those of the same block
 */
export async function validate(
  { reads, ranges }: ReadWriteSet,
  view: StateView,
): Promise<LedgerTransaction['validationCode']> {
  const isStale = reads.some(
    ({ key, version }) => !isSameVersion(view.get(key)?.version ?? null, version),
  );
  if (isStale) return 'MVCC_READ_CONFLICT';
  for (const { startKey, endKey, results } of ranges) {
    const found = await view.range({ startKey, endKey });
    const isSame =
      found.length === results.length &&
      found.every(({ key, version }, index) => {
        const seen = results[index];
        return seen?.key === key && isSameVersion(version, seen.version);
      });
    if (!isSame) return 'PHANTOM_READ_CONFLICT';
  }
  return 'VALID';
}

function isSameVersion(left: Version | null, right: Version | null): boolean {
  return left?.block === right?.block && left?.transaction === right?.transaction;
}
