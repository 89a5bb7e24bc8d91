import { open, type FileHandle } from 'node:fs/promises';

import { decodeCanonicalJson } from '@veilsum/crypto';
import type { z } from 'zod';

import { contributionContextSchema, type ContributionContext } from '../contribution.js';
import { plaintextProofSchema } from '../stored-objects.js';
import { VeilsumError } from '../veilsum-error.js';
import { requireBatchForm, type BatchForm, type ColumnWidths } from './batch-reading.js';
import { readContainerIndex, type ContainerIndex } from './footer-reading.js';
import { ciphertextBytes, rowCountOf, type ContainerShape } from './format.js';
import type { BatchPosition } from './message-encoding.js';
import { readExactly } from './random-access.js';
import { invalidContainer } from './shape-error.js';
import type { ContainerProof } from './writer.js';

/** Consecutive rows of a container, at most 1024 of them. */
export interface ContainerBatch {
  /** row = cell · blocks + block. */
  readonly firstRow: number;
  /** modulusBits/4 bytes each, big-endian, not yet checked to be valid elements. */
  readonly ciphertexts: readonly Uint8Array[];
}

interface PlacedBatch extends BatchForm {
  readonly firstRow: number;
  readonly position: BatchPosition;
}

/**
 * Random access to one container file (docs/protocol.md §5); holds no more than one batch at a time.
 * The form of the whole file and the row of each value that is read have been checked; whether the
 * ciphertexts are valid and the proof holds is for `verifyContainer` to say.
 */
export class ContainerReader {
  readonly context: ContributionContext;
  readonly proof: ContainerProof;
  readonly shape: ContainerShape;
  readonly #file: FileHandle;
  readonly #batches: readonly PlacedBatch[];

  private constructor(file: FileHandle, shape: ContainerShape, content: ContainerContent) {
    this.#file = file;
    this.shape = shape;
    this.context = content.context;
    this.proof = content.proof;
    this.#batches = content.batches;
  }

  /**
   * Opens a container that must have exactly these rows.
   *
   * @throws {@link VeilsumError} CONTAINER_INVALID, CONTAINER_ROWS or CONTAINER_CONTEXT
   */
  static async open(path: string, shape: ContainerShape): Promise<ContainerReader> {
    const file = await open(path, 'r');
    try {
      return new ContainerReader(file, shape, await readContent(file, shape));
    } catch (error) {
      await file.close();
      throw asContainerError(error);
    }
  }

  get rowCount(): number {
    return rowCountOf(this.shape);
  }

  /**
   * All rows in order.
   *
   * @throws {@link VeilsumError} CONTAINER_ROWS naming the row that is not the one expected there
   */
  async *batches(): AsyncGenerator<ContainerBatch> {
    for (const batch of this.#batches) yield await this.#read(batch);
  }

  /**
   * The ciphertexts of chosen rows, in the order asked; reads only batches that hold one of them.
   *
   * @param rows ascending row numbers
   * @throws {@link VeilsumError} CONTAINER_ROWS when there is no such row or another one lies there
   */
  async *ciphertexts(rows: Iterable<number>): AsyncGenerator<Uint8Array> {
    let next = 0;
    let loaded: ContainerBatch = { firstRow: 0, ciphertexts: [] };
    for (const row of rows) {
      while (row >= loaded.firstRow + loaded.ciphertexts.length) {
        next = this.#batchOf(row, next);
        const batch = this.#batches[next];
        if (batch === undefined) throw rowError(row, 'The container has no such row');
        loaded = await this.#read(batch);
        next += 1;
      }
      const ciphertext = loaded.ciphertexts[row - loaded.firstRow];
      if (ciphertext === undefined) throw rowError(row, 'Rows were not asked for in order');
      yield ciphertext;
    }
  }

  /** Gives the file back. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  #batchOf(row: number, from: number): number {
    let index = from;
    for (; index < this.#batches.length; index += 1) {
      const batch = this.#batches[index];
      if (batch !== undefined && row < batch.firstRow + batch.rowCount) break;
    }
    return index;
  }

  async #read({ firstRow, rowCount, offsets, position }: PlacedBatch): Promise<ContainerBatch> {
    const start = position.offset + position.metadataBytes;
    const body = await readExactly(this.#file, start, position.bodyBytes);
    const [cellOffset, blockOffset, ciphertextOffset] = offsets;
    const width = ciphertextBytes(this.shape.modulusBits);
    const ciphertexts: Uint8Array[] = [];
    for (let index = 0; index < rowCount; index += 1) {
      const cell = body.readUInt32LE(cellOffset + 4 * index);
      const block = body.readUInt16LE(blockOffset + 2 * index);
      this.#requireRow(firstRow + index, cell, block);
      const from = ciphertextOffset + width * index;
      ciphertexts.push(body.subarray(from, from + width));
    }
    return { firstRow, ciphertexts };
  }

  #requireRow(row: number, cell: number, block: number): void {
    const expectedCell = Math.floor(row / this.shape.blocks);
    const expectedBlock = row % this.shape.blocks;
    if (cell === expectedCell && block === expectedBlock) return;
    throw rowError(
      row,
      `Expected cell ${expectedCell}, block ${expectedBlock}, and found cell ${cell}, block ${block}`,
    );
  }
}

interface ContainerContent {
  readonly context: ContributionContext;
  readonly proof: ContainerProof;
  readonly batches: readonly PlacedBatch[];
}

async function readContent(file: FileHandle, shape: ContainerShape): Promise<ContainerContent> {
  const widths: ColumnWidths = [4, 2, ciphertextBytes(shape.modulusBits)];
  const rowBytes = widths.reduce((sum, width) => sum + width, 0);
  const index = await readContainerIndex(file, shape.modulusBits, rowBytes);
  const context = parseEntry('context', index.metadata.context, contributionContextSchema);
  const proof = parseEntry('proof', index.metadata.proof, plaintextProofSchema);
  return { context, proof, batches: await placeBatches(file, index, { shape, widths }) };
}

async function placeBatches(
  file: FileHandle,
  index: ContainerIndex,
  { shape, widths }: { shape: ContainerShape; widths: ColumnWidths },
): Promise<PlacedBatch[]> {
  const rowCount = rowCountOf(shape);
  const batches: PlacedBatch[] = [];
  let firstRow = 0;
  for (const position of index.batches) {
    const metadata = await readExactly(file, position.offset, position.metadataBytes);
    const form = requireBatchForm(metadata, position.bodyBytes, widths);
    batches.push({ ...form, firstRow, position });
    firstRow += form.rowCount;
    if (firstRow > rowCount) throw rowError(rowCount, `There are more than ${rowCount} rows`);
  }
  if (firstRow !== rowCount) throw rowError(firstRow, `There must be ${rowCount} rows`);
  return batches;
}

function parseEntry<T>(
  name: keyof ContainerIndex['metadata'],
  text: string,
  schema: z.ZodType<T>,
): T {
  const code = name === 'context' ? 'CONTAINER_CONTEXT' : 'CONTAINER_INVALID';
  try {
    return schema.parse(decodeCanonicalJson(text));
  } catch (cause) {
    const sentence = `The metadata entry ${name} does not have the required form.`;
    throw new VeilsumError(code, sentence, { cause });
  }
}

function rowError(row: number, sentence: string): VeilsumError {
  return new VeilsumError('CONTAINER_ROWS', `Row ${row}: ${sentence}.`);
}

/** A crafted file can make the flatbuffer accessors throw anything; operating system errors stay. */
function asContainerError(error: unknown): unknown {
  if (error instanceof VeilsumError) return error;
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return invalidContainer('The file is not a well-formed Arrow IPC file.');
}
