import { ledger } from '@hyperledger/fabric-protos';

/** Fabric's only data model. */
const KEYS_AND_VALUES = 0;

const { TxReadWriteSet } = ledger.rwset;
const { HashedRWSet, KVRWSet } = ledger.rwset.kvrwset;

/** Place of the transaction that last wrote a key; null: the key was not there. */
export interface FabricVersion {
  readonly block: number;
  readonly transaction: number;
}

export interface FabricRead {
  readonly key: string;
  readonly version: FabricVersion | null;
}

/** A range that the transaction read, with what it saw: each key, or hashes over many. */
export interface FabricRange {
  readonly startKey: string;
  /** Without the key itself when exhausted; the last key that was seen when not. Empty: no end. */
  readonly endKey: string;
  readonly exhausted: boolean;
  readonly results: readonly FabricRead[];
  readonly summary?: MerkleSummary;
}

/** Hashes at one level of a tree over the results, which Fabric records instead of many results. */
export interface MerkleSummary {
  readonly maxDegree: number;
  readonly maxLevel: number;
  readonly hashes: readonly Uint8Array[];
}

/** null deletes the key. */
export interface FabricWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Entries that replace all metadata of a key, such as its own endorsement policy. */
export interface FabricMetadataWrite {
  readonly key: string;
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

/** What a transaction read and wrote in the namespace of one chaincode. */
export interface NamespaceReadWriteSet {
  readonly namespace: string;
  readonly reads: readonly FabricRead[];
  readonly ranges: readonly FabricRange[];
  readonly writes: readonly FabricWrite[];
  readonly metadataWrites: readonly FabricMetadataWrite[];
  /** Private data collections, of which a block has hashes only. */
  readonly collections: readonly CollectionHashes[];
}

/** Keys and values of a collection are hashes here: keys in base64, values as they are. */
export interface CollectionHashes {
  readonly name: string;
  readonly reads: readonly FabricRead[];
  readonly writes: readonly FabricWrite[];
  readonly metadataWrites: readonly FabricMetadataWrite[];
}

/** @returns the collections of private data as namespaces of their own, behind the public ones */
export function withCollections(
  sets: readonly NamespaceReadWriteSet[],
): readonly NamespaceReadWriteSet[] {
  return sets.flatMap((set) => [
    set,
    ...set.collections.map(({ name, ...hashes }) => ({
      namespace: `${set.namespace}\u0000${name}`,
      ranges: [],
      collections: [],
      ...hashes,
    })),
  ]);
}

/** @throws an error when the bytes are no read-write set of keys and values */
export function decodeReadWriteSet(bytes: Uint8Array): NamespaceReadWriteSet[] {
  const set = TxReadWriteSet.deserializeBinary(bytes);
  const dataModel: number = set.getDataModel();
  if (dataModel !== KEYS_AND_VALUES) throw new Error('unknown data model');
  return set.getNsRwsetList().map((entry) => {
    const rwset = KVRWSet.deserializeBinary(entry.getRwset_asU8());
    return {
      namespace: entry.getNamespace(),
      reads: rwset.getReadsList().map(readOf),
      ranges: rwset.getRangeQueriesInfoList().map(rangeOf),
      writes: rwset.getWritesList().map((write) => ({
        key: write.getKey(),
        value: valueOf(write.getIsDelete(), write.getValue_asU8()),
      })),
      metadataWrites: rwset.getMetadataWritesList().map((write) => ({
        key: write.getKey(),
        entries: entriesOf(write.getEntriesList()),
      })),
      collections: entry.getCollectionHashedRwsetList().map(collectionOf),
    };
  });
}

type KvRead = ledger.rwset.kvrwset.KVRead;
type KvVersion = ledger.rwset.kvrwset.Version;
type KvMetadataEntry = ledger.rwset.kvrwset.KVMetadataEntry;
type RangeQuery = ledger.rwset.kvrwset.RangeQueryInfo;
type Collection = ledger.rwset.CollectionHashedReadWriteSet;

function readOf(read: KvRead): FabricRead {
  return { key: read.getKey(), version: versionOf(read.getVersion()) };
}

function rangeOf(range: RangeQuery): FabricRange {
  const summary = range.getReadsMerkleHashes();
  return {
    startKey: range.getStartKey(),
    endKey: range.getEndKey(),
    exhausted: range.getItrExhausted(),
    results: (range.getRawReads()?.getKvReadsList() ?? []).map(readOf),
    ...(summary === undefined
      ? {}
      : {
          summary: {
            maxDegree: summary.getMaxDegree(),
            maxLevel: summary.getMaxLevel(),
            hashes: summary.getMaxLevelHashesList_asU8(),
          },
        }),
  };
}

function entriesOf(entries: readonly KvMetadataEntry[]): Map<string, Uint8Array> {
  return new Map(entries.map((entry) => [entry.getName(), entry.getValue_asU8()]));
}

function collectionOf(collection: Collection): CollectionHashes {
  const hashed = HashedRWSet.deserializeBinary(collection.getHashedRwset_asU8());
  return {
    name: collection.getCollectionName(),
    reads: hashed.getHashedReadsList().map((read) => ({
      key: read.getKeyHash_asB64(),
      version: versionOf(read.getVersion()),
    })),
    writes: hashed.getHashedWritesList().map((write) => ({
      key: write.getKeyHash_asB64(),
      value: valueOf(write.getIsDelete(), write.getValueHash_asU8()),
    })),
    metadataWrites: hashed.getMetadataWritesList().map((write) => ({
      key: write.getKeyHash_asB64(),
      entries: entriesOf(write.getEntriesList()),
    })),
  };
}

function versionOf(version: KvVersion | undefined): FabricVersion | null {
  if (version === undefined) return null;
  return { block: version.getBlockNum(), transaction: version.getTxNum() };
}

/** Fabric takes an empty value for a deletion, too. */
function valueOf(isDelete: boolean, value: Uint8Array): Uint8Array | null {
  return isDelete || value.length === 0 ? null : value;
}
