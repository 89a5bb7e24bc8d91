import { Field, FixedSizeBinary, Schema, Uint16, Uint32 } from 'apache-arrow';

/** Rows of one record batch at most: it bounds what a reader holds in memory. */
export const CONTAINER_BATCH_ROWS_MAX = 1024;

/** Names of the columns in file order (docs/protocol.md §5). */
export const columnNames = ['cell', 'block', 'ciphertext'] as const;

/** Bytes before the first message: the magic and two bytes of padding. */
export const LEADING_BYTES = 8;

/** First and last bytes of an Arrow IPC file. */
export const magic = new TextEncoder().encode('ARROW1');

/** End of stream: the continuation marker and a length of zero. */
export const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Bytes that come before each message: the continuation marker and the length of the metadata. */
export const MESSAGE_PREFIX_BYTES = 8;

/** How many rows a container has and how wide they are; public, fixed by product and key. */
export interface ContainerShape {
  /** Number of cell keys of the product. */
  readonly cells: number;
  /** Blocks of one strip, as the layout says. */
  readonly blocks: number;
  /** Size of the key's modulus n in bits. */
  readonly modulusBits: number;
}

/** Bytes of one ciphertext, an element mod n² (docs/protocol.md §1). */
export function ciphertextBytes(modulusBits: number): number {
  return modulusBits / 4;
}

/** Rows of a whole container: exactly one for each (cell, block). */
export function rowCountOf(shape: ContainerShape): number {
  return shape.cells * shape.blocks;
}

/** Smallest multiple of 8 that is not below the length: Arrow aligns everything so. */
export function aligned(byteLength: number): number {
  return Math.ceil(byteLength / 8) * 8;
}

/** The schema of a container with its two metadata entries, each canonical JSON. */
export function containerSchema(modulusBits: number, context: string, proof: string): Schema {
  const [cell, block, ciphertext] = columnNames;
  return new Schema(
    [
      new Field(cell, new Uint32(), false),
      new Field(block, new Uint16(), false),
      new Field(ciphertext, new FixedSizeBinary(ciphertextBytes(modulusBits)), false),
    ],
    new Map([
      ['context', context],
      ['proof', proof],
    ]),
  );
}
