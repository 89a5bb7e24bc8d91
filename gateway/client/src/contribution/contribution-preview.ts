import {
  createEncryptor,
  encodeCiphertext,
  bytesToHex,
  packStrip,
  type PublicKey,
} from '@veilsum/crypto';
import type { ProductDefinition } from '@veilsum/protocol';
import { layoutForProduct, productCellCount } from '@veilsum/rules';
import { zeroStrip, type ContributionValues } from '../bounding/contribution-values.js';

/** What would leave the machine; there is no value in it. */
export interface ContributionPreview {
  /** Cell keys of the product: every one is sent, zeros included. */
  readonly cells: number;
  /** Cells that have data. Not sent; only the declared coverage is. */
  readonly cellsWithData: number;
  readonly blocksPerStrip: number;
  readonly rows: number;
  /** Bytes of all ciphertexts; the container around them adds about 10 bytes a row. */
  readonly ciphertextBytes: number;
  /** Numbers packed into the ciphertexts. */
  readonly slots: number;
  /** Cells that would be declared. */
  readonly coverage: readonly number[];
  /** First row, encrypted under a random exponent as every row would be: hex, 2·modulusBits/8 bytes. */
  readonly firstCiphertext: string;
}

/**
 * A dry run: everything up to what would leave the machine, with one ciphertext to look at. Its
 * exponent is thrown away, so nobody can open it, and a later contribution does not repeat it.
 */
export function previewContribution(request: {
  readonly product: ProductDefinition;
  readonly key: PublicKey;
  /** Secret. */
  readonly values: ContributionValues;
  readonly coverage: readonly number[];
}): ContributionPreview {
  const { product, key, values, coverage } = request;
  const layout = layoutForProduct(product, key);
  const cells = productCellCount(product);
  const rows = cells * layout.blocks;
  const [message = 0n] = packStrip(layout, values.strips.get(0) ?? zeroStrip(product));
  const encryptor = createEncryptor(key, { expectedCount: 1 });
  const ciphertext = encryptor.encrypt(message, encryptor.generateAlpha());
  const slots = zeroStrip(product).reduce((count, plane) => count + plane.length, 0);
  return {
    cells,
    cellsWithData: values.strips.size,
    blocksPerStrip: layout.blocks,
    rows,
    ciphertextBytes: rows * key.elementBytes2,
    slots: cells * slots,
    coverage,
    firstCiphertext: bytesToHex(encodeCiphertext(key, ciphertext)),
  };
}
