import { compareKeys } from '../../embedded/composite-key.js';
import type { FabricVersion, NamespaceReadWriteSet } from '../read-write-set.js';

/** A key of a chaincode's namespace as valid transactions left it. */
export interface StateValue {
  readonly value: Uint8Array;
  readonly version: FabricVersion;
  /** Entries beside the value, such as the key's own endorsement policy. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

const NO_METADATA: ReadonlyMap<string, Uint8Array> = new Map();

/** What all chaincodes of a channel have stored, worked out from the write sets of valid transactions. */
export class ChannelState {
  readonly #namespaces = new Map<string, NamespaceState>();

  get(namespace: string, key: string): StateValue | undefined {
    return this.#namespaces.get(namespace)?.values.get(key);
  }

  /** Keys from the first up to, but without, the second, in the order of their bytes; empty: no end. */
  range(namespace: string, startKey: string, endKey: string): { key: string; found: StateValue }[] {
    const state = this.#namespaces.get(namespace);
    return (state?.keysBetween(startKey, endKey) ?? []).flatMap((key) => {
      const found = state?.values.get(key);
      return found === undefined ? [] : [{ key, found }];
    });
  }

  /**
   * Applies a valid transaction as peers do.
   * @returns the keys that it changed, each as namespace, U+0000 and key
   */
  apply(sets: readonly NamespaceReadWriteSet[], version: FabricVersion): string[] {
    return sets.flatMap(({ namespace, writes, metadataWrites }) => {
      const state = this.#namespaces.get(namespace) ?? new NamespaceState();
      this.#namespaces.set(namespace, state);
      const replaced = new Map(metadataWrites.map(({ key, entries }) => [key, entries]));
      for (const { key, value } of writes) {
        const metadata = replaced.get(key) ?? state.values.get(key)?.metadata ?? NO_METADATA;
        if (value === null) state.delete(key);
        else state.set(key, { value, version, metadata });
      }
      const written = new Set(writes.map(({ key }) => key));
      const others = metadataWrites.filter(({ key }) => !written.has(key) && state.values.has(key));
      for (const { key, entries } of others) {
        const found = state.values.get(key);
        if (found !== undefined) state.set(key, { ...found, version, metadata: entries });
      }
      return [...written, ...others.map(({ key }) => key)].map((key) => stateKey(namespace, key));
    });
  }
}

/** Names a key over all namespaces. */
export function stateKey(namespace: string, key: string): string {
  return `${namespace}\u0000${key}`;
}

class NamespaceState {
  readonly values = new Map<string, StateValue>();
  /** All keys in the order of their bytes. */
  readonly #sorted: string[] = [];

  set(key: string, value: StateValue): void {
    if (!this.values.has(key)) this.#sorted.splice(this.#position(key), 0, key);
    this.values.set(key, value);
  }

  delete(key: string): void {
    if (this.values.delete(key)) this.#sorted.splice(this.#position(key), 1);
  }

  keysBetween(startKey: string, endKey: string): string[] {
    const end = endKey === '' ? this.#sorted.length : this.#position(endKey);
    return this.#sorted.slice(this.#position(startKey), end);
  }

  /** How many keys come before this one. */
  #position(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#sorted[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
