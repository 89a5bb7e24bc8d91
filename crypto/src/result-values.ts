import { requiredBlocks } from './blinding.js';
import { centreMessage } from './encryption.js';
import { ParameterError } from './errors.js';
import type { Layout } from './layout.js';
import { unpackPlanes } from './packing.js';
import type { PublicKey } from './public-key.js';

/**
 * The released values out of the opened blocks of a plan (`docs/protocol.md §4`, §7).
 *
 * @param result messages: M in [0, n) in block order; planes: indices from 0 of the requested planes;
 * groups: their number in the plan
 * @returns for each group, for each plane in the order given, its slots in lane order
 * @throws {@link ParameterError} when the number of messages is not that of the plan's blocks
 * @throws {@link EncodingError} when a block does not decode
 */
export function decodeResultValues(result: {
  readonly key: PublicKey;
  readonly layout: Layout;
  readonly planes: readonly number[];
  readonly groups: number;
  readonly messages: readonly bigint[];
}): bigint[][][] {
  const { key, layout, planes, groups, messages } = result;
  const positions = requiredBlocks(layout, planes, groups);
  if (positions.length !== messages.length) {
    throw new ParameterError(`The plan has ${positions.length} blocks.`);
  }
  const byGroup = Array.from({ length: groups }, () => new Map<number, bigint>());
  for (const [position, { group, block }] of positions.entries()) {
    byGroup[group]?.set(block, centreMessage(key, messages[position] ?? 0n));
  }
  return byGroup.map((blocks) => unpackPlanes(layout, blocks, planes));
}
