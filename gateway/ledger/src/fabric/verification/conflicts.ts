import type {
  FabricRange,
  FabricRead,
  MerkleSummary,
  NamespaceReadWriteSet,
} from '../read-write-set.js';
import { sameBytes } from '../transaction-decoding.js';
import { stateKey, type ChannelState } from './channel-state.js';
import { summarise } from './range-summary.js';

export type Conflict = 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT';

/**
 * Fabric's check at commit that all a transaction read is still as it read it.
 * @param state - after all earlier valid transactions, also those of the same block
 * @param changed - the keys that earlier transactions of the same block changed
 */
export function conflictOf(
  sets: readonly NamespaceReadWriteSet[],
  state: ChannelState,
  changed: ReadonlySet<string>,
): Conflict | undefined {
  for (const { namespace, reads, ranges } of sets) {
    const isStale = reads.some(
      ({ key, version }) =>
        changed.has(stateKey(namespace, key)) ||
        !isSameVersion(state.get(namespace, key)?.version ?? null, version),
    );
    if (isStale) return 'MVCC_READ_CONFLICT';
    if (ranges.some((range) => hasChanged(range, namespace, state))) return 'PHANTOM_READ_CONFLICT';
  }
  return undefined;
}

function hasChanged(range: FabricRange, namespace: string, state: ChannelState): boolean {
  const now = resultsNow(range, namespace, state);
  const { summary, results } = range;
  if (summary !== undefined) return !isSameSummary(summarise(now, summary.maxDegree), summary);
  return (
    now.length !== results.length ||
    now.some(({ key, version }, index) => {
      const seen = results[index];
      return seen?.key !== key || !isSameVersion(version, seen.version);
    })
  );
}

function resultsNow(
  { startKey, endKey, exhausted }: FabricRange,
  namespace: string,
  state: ChannelState,
): FabricRead[] {
  const now = state.range(namespace, startKey, endKey);
  const last = exhausted ? undefined : state.get(namespace, endKey);
  if (last !== undefined) now.push({ key: endKey, found: last });
  return now.map(({ key, found: { version } }) => ({ key, version }));
}

function isSameVersion(left: FabricRead['version'], right: FabricRead['version']): boolean {
  return left?.block === right?.block && left?.transaction === right?.transaction;
}

function isSameSummary(left: MerkleSummary | undefined, right: MerkleSummary): boolean {
  return (
    left?.maxLevel === right.maxLevel &&
    left.hashes.length === right.hashes.length &&
    left.hashes.every((hash, index) => sameBytes(hash, right.hashes[index] ?? new Uint8Array()))
  );
}
