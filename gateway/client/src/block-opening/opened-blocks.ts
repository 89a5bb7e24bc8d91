import {
  CryptoError,
  createExponentDeriver,
  decodeCiphertext,
  openCiphertext,
  type PublicKey,
} from '@veilsum/crypto';
import {
  VeilsumError,
  type OpeningContent,
  type OpeningTask,
  type Product,
} from '@veilsum/protocol';
import { ContainerReader } from '@veilsum/protocol/container';
import { layoutForProduct, productCellCount } from '@veilsum/rules';

/** A contributor's own container and the seed that it was made with. */
export interface OwnContainer {
  readonly task: Pick<OpeningTask, 'openingId' | 'contributionId' | 'rows'>;
  readonly product: Product;
  readonly key: PublicKey;
  readonly containerPath: string;
  /** 32 bytes, secret. */
  readonly seed: Uint8Array;
}

/**
 * Plaintext and exponent of the named rows, from seed and container alone (docs/protocol.md §3 and §9).
 * @returns secret: it shows what the contributor has in those cells
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when container and seed do not belong together
 */
export async function openOwnBlocks(own: OwnContainer): Promise<OpeningContent> {
  const { openingId, contributionId, rows } = own.task;
  const alphaOf = createExponentDeriver(own.seed, contributionId, own.key.exponentBits);
  const ciphertexts = await readRows(own.containerPath, own, rows);
  return {
    format: 'veilsum-opening/1',
    openingId,
    contributionId,
    rows: rows.map((row, position) => {
      const alpha = alphaOf(row);
      const message = openRow(own.key, ciphertexts[position], alpha);
      return { row, message: String(message), alpha: alpha.toString(16) };
    }),
  };
}

/**
 * The ciphertexts of chosen rows of a container.
 * @param rows - ascending
 * @throws {@link VeilsumError} CONTAINER_INVALID, CONTAINER_ROWS or CONTAINER_CONTEXT
 */
export async function readRows(
  path: string,
  { product, key }: Pick<OwnContainer, 'product' | 'key'>,
  rows: readonly number[],
): Promise<Uint8Array[]> {
  const { blocks } = layoutForProduct(product, key);
  const shape = { cells: productCellCount(product), blocks, modulusBits: key.modulusBits };
  const reader = await ContainerReader.open(path, shape);
  try {
    const found: Uint8Array[] = [];
    for await (const ciphertext of reader.ciphertexts(rows)) found.push(ciphertext);
    return found;
  } finally {
    await reader.close();
  }
}

function openRow(key: PublicKey, bytes: Uint8Array | undefined, alpha: bigint): bigint {
  try {
    return openCiphertext(key, decodeCiphertext(key, bytes ?? new Uint8Array()), alpha);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    const sentence = 'The container on this machine was not made with the seed that is kept of it.';
    throw new VeilsumError('STATE_FOLDER_INVALID', sentence, { cause });
  }
}
