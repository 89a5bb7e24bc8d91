import { createHash } from 'node:crypto';

import { ledger } from '@hyperledger/fabric-protos';

import type { FabricRead, MerkleSummary } from '../read-write-set.js';

const { KVRead, QueryReads, Version } = ledger.rwset.kvrwset;

/**
 * Fabric's hashes over the results of a long range read: results in groups of more than `maxDegree`
 * become leaves, and so many hashes of a level become one of the next.
 * @returns undefined when there are too few results for a leaf
 */
export function summarise(
  results: readonly FabricRead[],
  maxDegree: number,
): MerkleSummary | undefined {
  if (results.length <= maxDegree) return undefined;
  const tree = new HashTree(maxDegree);
  for (let at = 0; at < results.length; at += maxDegree + 1) {
    tree.add(hashReads(results.slice(at, at + maxDegree + 1)));
  }
  return tree.summary();
}

class HashTree {
  readonly #maxDegree: number;
  readonly #levels = new Map<number, Uint8Array[]>();
  #maxLevel = 1;

  constructor(maxDegree: number) {
    this.#maxDegree = maxDegree;
  }

  add(leaf: Uint8Array): void {
    this.#at(1).push(leaf);
    for (let level = 1; this.#at(level).length > this.#maxDegree; level += 1) {
      this.#raise(level);
    }
  }

  summary(): MerkleSummary {
    for (let level = 1; level < this.#maxLevel; level += 1) {
      if (this.#at(level).length > 0) this.#raise(level);
    }
    if (this.#at(this.#maxLevel).length > this.#maxDegree) this.#raise(this.#maxLevel);
    return {
      maxDegree: this.#maxDegree,
      maxLevel: this.#maxLevel,
      hashes: this.#at(this.#maxLevel),
    };
  }

  /** Makes one hash of the next level of all hashes of a level; one alone rises as it is. */
  #raise(level: number): void {
    const hashes = this.#at(level);
    const [only, ...others] = hashes;
    const raised = only !== undefined && others.length === 0 ? only : sha256(...hashes);
    this.#levels.delete(level);
    this.#at(level + 1).push(raised);
    this.#maxLevel = Math.max(this.#maxLevel, level + 1);
  }

  #at(level: number): Uint8Array[] {
    const hashes = this.#levels.get(level) ?? [];
    this.#levels.set(level, hashes);
    return hashes;
  }
}

function hashReads(reads: readonly FabricRead[]): Uint8Array {
  const message = new QueryReads();
  for (const { key, version } of reads) {
    const read = new KVRead();
    read.setKey(key);
    if (version !== null) {
      const place = new Version();
      place.setBlockNum(version.block);
      place.setTxNum(version.transaction);
      read.setVersion(place);
    }
    message.addKvReads(read);
  }
  return sha256(message.serializeBinary());
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
