import { layoutFor, type Layout } from '@veilsum/crypto';
import type { Product } from '@veilsum/protocol';

/** The part of a public key record that a layout depends on. */
export interface LayoutKey {
  readonly modulusBits: number;
  /** Number of keyholders. */
  readonly l: number;
}

/**
 * The strip layout of a product under a committee key, a pure function of both (docs/protocol.md §4).
 * @throws ParameterError of crypto when a slot does not fit into a block
 */
export function layoutForProduct(
  product: Pick<Product, 'planes' | 'lanes' | 'maskBits'>,
  { modulusBits, l }: LayoutKey,
): Layout {
  const { planes, lanes, maskBits } = product;
  return layoutFor({ planes, lanes: lanes.count, maskBits, l, modulusBits });
}
