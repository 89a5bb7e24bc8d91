import { blocksForPlanes, type PublicKey } from '@veilsum/crypto';
import type { Plan, Product } from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';

/** Room for the fields around the blocks, a proof and a seal. */
const REST_BYTES = 65_536;

/** Longest blinding or share of a plan: hex of one element mod n² for each block. */
export function objectBytesMax(plan: Plan, product: Product, key: PublicKey): number {
  const layout = layoutForProduct(product, key.record);
  const planes = plan.planes.map(({ plane }) => plane);
  const blocks = plan.groups.length * blocksForPlanes(layout, planes).length;
  return blocks * (2 * key.elementBytes2 + 3) + REST_BYTES;
}
