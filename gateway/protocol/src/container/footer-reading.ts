import type { FileHandle } from 'node:fs/promises';

import { Footer } from 'apache-arrow/fb/footer';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Schema } from 'apache-arrow/fb/schema';
import { ByteBuffer } from 'flatbuffers';

import { decodeMessage } from './batch-reading.js';
import { aligned, CONTAINER_BATCH_ROWS_MAX, endOfStream, LEADING_BYTES, magic } from './format.js';
import type { BatchPosition } from './message-encoding.js';
import { readExactly } from './random-access.js';
import { requireContainerSchema, type ContainerMetadata } from './schema-reading.js';
import { invalidContainer } from './shape-error.js';

/** What the ends of a container say: its metadata and where the batches lie. */
export interface ContainerIndex {
  readonly metadata: ContainerMetadata;
  readonly batches: readonly BatchPosition[];
}

const FOOTER_BYTES_MAX = 1 << 25;
const HEAD_BYTES_MAX = 1 << 18;
const BATCH_METADATA_BYTES_MAX = 4096;
/** Length of the footer and the magic behind it. */
const TRAILER_BYTES = 4 + magic.length;

/**
 * Reads the footer, and the schema message at the start, which must say the same. Batches must lie
 * one behind the other from there to the footer: no byte of the file is without a meaning.
 *
 * @param rowBytes bytes of one row over all columns; bounds the length of a batch
 * @throws {@link VeilsumError} CONTAINER_INVALID
 */
export async function readContainerIndex(
  file: FileHandle,
  modulusBits: number,
  rowBytes: number,
): Promise<ContainerIndex> {
  const { size } = await file.stat();
  const { footer, footerStart } = await readFooter(file, size);
  const schema = footer.schema();
  if (schema === null) throw invalidContainer('The footer has no schema.');
  const metadata = requireContainerSchema(schema, modulusBits);
  const batches = readPositions(footer, rowBytes);
  const first = batches[0]?.offset ?? 0;
  await requireSameHead(file, first, { metadata, modulusBits });
  await requireContiguous(file, batches, footerStart);
  return { metadata, batches };
}

async function readFooter(file: FileHandle, size: number) {
  if (size < LEADING_BYTES + TRAILER_BYTES) throw invalidContainer('The file is too short.');
  const start = await readExactly(file, 0, LEADING_BYTES);
  const trailer = await readExactly(file, size - TRAILER_BYTES, TRAILER_BYTES);
  if (!start.subarray(0, magic.length).equals(magic) || !trailer.subarray(4).equals(magic)) {
    throw invalidContainer('The file is not an Arrow IPC file.');
  }
  const footerBytes = trailer.readInt32LE(0);
  const footerStart = size - TRAILER_BYTES - footerBytes;
  if (footerBytes < 8 || footerBytes > FOOTER_BYTES_MAX || footerStart < LEADING_BYTES) {
    throw invalidContainer('The footer has an impossible length.');
  }
  const bytes = await readExactly(file, footerStart, footerBytes);
  const footer = Footer.getRootAsFooter(new ByteBuffer(bytes));
  if (footer.version() !== MetadataVersion.V5) {
    throw invalidContainer('The footer has another Arrow metadata version than 5.');
  }
  if (footer.dictionariesLength() !== 0) throw invalidContainer('The file has dictionaries.');
  if (footer.customMetadataLength() !== 0) throw invalidContainer('The footer carries metadata.');
  return { footer, footerStart };
}

function readPositions(footer: Footer, rowBytes: number): BatchPosition[] {
  const bodyMax = CONTAINER_BATCH_ROWS_MAX * rowBytes + 512;
  const count = footer.recordBatchesLength();
  if (count < 1 || count * 24 > FOOTER_BYTES_MAX) {
    throw invalidContainer('The footer names an impossible number of record batches.');
  }
  const positions: BatchPosition[] = [];
  for (let index = 0; index < count; index += 1) {
    const block = footer.recordBatches(index);
    const offset = Number(block?.offset());
    const metadataBytes = Number(block?.metaDataLength());
    const bodyBytes = Number(block?.bodyLength());
    if (
      !isBetween(metadataBytes, 16, BATCH_METADATA_BYTES_MAX) ||
      !isBetween(bodyBytes, 0, bodyMax) ||
      !Number.isSafeInteger(offset)
    ) {
      throw invalidContainer(`The record batch ${index} has an impossible length.`);
    }
    positions.push({ offset, metadataBytes, bodyBytes });
  }
  return positions;
}

async function requireSameHead(
  file: FileHandle,
  firstBatch: number,
  expected: { metadata: ContainerMetadata; modulusBits: number },
): Promise<void> {
  // Apache Arrow's own JavaScript writer leaves the schema message out; the footer has it.
  if (firstBatch === LEADING_BYTES) return;
  if (!isBetween(firstBatch, LEADING_BYTES + 16, HEAD_BYTES_MAX)) {
    throw invalidContainer('The first record batch does not follow the schema.');
  }
  const bytes = await readExactly(file, LEADING_BYTES, firstBatch - LEADING_BYTES);
  const message = decodeMessage(bytes);
  const schema = message.header(new Schema()) as Schema | null;
  if (message.headerType() !== MessageHeader.Schema || schema === null) {
    throw invalidContainer('The file does not begin with its schema.');
  }
  const metadata = requireContainerSchema(schema, expected.modulusBits);
  const same =
    metadata.context === expected.metadata.context && metadata.proof === expected.metadata.proof;
  if (!same) throw invalidContainer('The schema at the start differs from that in the footer.');
}

async function requireContiguous(
  file: FileHandle,
  batches: readonly BatchPosition[],
  footerStart: number,
): Promise<void> {
  let end = batches[0]?.offset ?? 0;
  for (const [index, batch] of batches.entries()) {
    if (batch.offset !== end) {
      throw invalidContainer(`The record batch ${index} does not follow the one before it.`);
    }
    end = batch.offset + batch.metadataBytes + batch.bodyBytes;
  }
  const gap = footerStart - end;
  if (gap !== endOfStream.length && gap !== aligned(end) - end + endOfStream.length) {
    throw invalidContainer('The footer does not follow the last record batch.');
  }
  const bytes = await readExactly(file, footerStart - endOfStream.length, endOfStream.length);
  if (!bytes.equals(endOfStream)) throw invalidContainer('The end of the batches is not marked.');
}

function isBetween(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
