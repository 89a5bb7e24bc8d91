import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { createSha256, encodeCanonicalJson } from '@veilsum/crypto';
import type { z } from 'zod';

import type { ContributionContext } from '../contribution.js';
import type { plaintextProofSchema } from '../stored-objects.js';
import { VeilsumError } from '../veilsum-error.js';
import {
  aligned,
  ciphertextBytes,
  CONTAINER_BATCH_ROWS_MAX,
  containerSchema,
  rowCountOf,
  type ContainerShape,
} from './format.js';
import {
  encodeBatch,
  encodeHead,
  encodeTail,
  headBytes,
  type BatchPosition,
} from './message-encoding.js';

/** The proof of plaintext knowledge as a container carries it: integers in unpadded hex. */
export type ContainerProof = z.infer<typeof plaintextProofSchema>;

/** What {@link writeContainer} needs; nothing of it is secret. */
export interface ContainerSource {
  /** The file to make; it appears whole or not at all. */
  readonly path: string;
  readonly shape: ContainerShape;
  readonly context: ContributionContext;
  /** modulusBits/4 bytes each, big-endian, in row order: row = cell · blocks + block. */
  readonly ciphertexts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Called once, after the last ciphertext was taken: the proof is over all of them. */
  readonly prove: () => ContainerProof | Promise<ContainerProof>;
}

/** What the ledger is told about a container. */
export interface WrittenContainer {
  /** SHA-256 of the file, 64 lower-case hex digits. */
  readonly contentHash: string;
  readonly byteLength: number;
  readonly rowCount: number;
}

const HASH_CHUNK_BYTES = 1 << 20;

/**
 * Writes a container (docs/protocol.md §5) without holding more than one batch. The proof is known
 * only after the last row but stands in the schema message at the start, so room for the longest
 * proof is left there (Arrow allows padding in a message) and filled at the end.
 *
 * @throws {@link VeilsumError} CONTAINER_ROWS when there are more or fewer ciphertexts than the shape
 * has rows, CONTAINER_ELEMENT when one has another length
 */
export async function writeContainer(source: ContainerSource): Promise<WrittenContainer> {
  const partial = `${source.path}.partial`;
  const file = await open(partial, 'w+');
  try {
    const written = await writeFile(file, source);
    await file.sync();
    await file.close();
    await rename(partial, source.path);
    await syncFolder(dirname(source.path));
    return written;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeFile(file: FileHandle, source: ContainerSource): Promise<WrittenContainer> {
  const { shape } = source;
  const context = encodeCanonicalJson(source.context);
  const longest = encodeCanonicalJson(longestProof(shape.modulusBits));
  const reserved = aligned(headBytes(containerSchema(shape.modulusBits, context, longest)));
  const positions: BatchPosition[] = [];
  let offset = reserved;
  for await (const columns of batchesOf(source)) {
    const { metadata, body } = encodeBatch(columns);
    positions.push({ offset, metadataBytes: metadata.length, bodyBytes: body.length });
    offset += await writeAt(file, metadata, offset);
    offset += await writeAt(file, body, offset);
  }
  const proof = encodeCanonicalJson(await source.prove());
  const schema = containerSchema(shape.modulusBits, context, proof);
  if (headBytes(schema) > reserved) {
    throw new VeilsumError('CONTAINER_INVALID', 'The proof is longer than any valid one.');
  }
  await writeAt(file, encodeHead(schema, reserved), 0);
  offset += await writeAt(file, encodeTail(schema, positions), offset);
  const contentHash = await hashFile(file);
  return { contentHash, byteLength: offset, rowCount: rowCountOf(shape) };
}

async function* batchesOf({ shape, ciphertexts }: ContainerSource) {
  const width = ciphertextBytes(shape.modulusBits);
  const rowCount = rowCountOf(shape);
  let pending: Uint8Array[] = [];
  let row = 0;
  for await (const ciphertext of ciphertexts) {
    if (row === rowCount) throw rowCountError(rowCount, 'more');
    if (ciphertext.length !== width) {
      throw new VeilsumError(
        'CONTAINER_ELEMENT',
        `The ciphertext of row ${row} is not ${width} bytes.`,
      );
    }
    pending.push(ciphertext);
    row += 1;
    if (pending.length === CONTAINER_BATCH_ROWS_MAX || row === rowCount) {
      yield columnsOf(pending, row - pending.length, shape.blocks);
      pending = [];
    }
  }
  if (row !== rowCount) throw rowCountError(rowCount, 'fewer');
}

function columnsOf(ciphertexts: readonly Uint8Array[], firstRow: number, blocks: number) {
  const cells = new Uint32Array(ciphertexts.length);
  const blockNumbers = new Uint16Array(ciphertexts.length);
  for (let index = 0; index < ciphertexts.length; index += 1) {
    cells[index] = Math.floor((firstRow + index) / blocks);
    blockNumbers[index] = (firstRow + index) % blocks;
  }
  return { cells, blocks: blockNumbers, ciphertexts: Buffer.concat(ciphertexts) };
}

/** Longest texts of §3.1: a mod n², zm mod n, za of at most modulusBits/2 + 417 bits. */
function longestProof(modulusBits: number): ContainerProof {
  const digits = (bits: number) => 'f'.repeat(Math.ceil(bits / 4));
  return { a: digits(2 * modulusBits), za: digits(modulusBits / 2 + 417), zm: digits(modulusBits) };
}

function rowCountError(rowCount: number, fault: 'more' | 'fewer'): VeilsumError {
  return new VeilsumError(
    'CONTAINER_ROWS',
    `The container must have ${rowCount} rows, and there are ${fault}.`,
  );
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return done;
}

async function hashFile(file: FileHandle): Promise<string> {
  const hash = createSha256();
  const chunk = Buffer.alloc(HASH_CHUNK_BYTES);
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return Buffer.from(hash.digest()).toString('hex');
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Makes the new name survive a loss of power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
