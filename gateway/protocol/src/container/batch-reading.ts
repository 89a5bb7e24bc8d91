import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { ByteBuffer } from 'flatbuffers';

import { CONTAINER_BATCH_ROWS_MAX, columnNames, MESSAGE_PREFIX_BYTES } from './format.js';
import { invalidContainer } from './shape-error.js';

/** Where the values of a batch lie in its body, in bytes. */
export interface BatchForm {
  readonly rowCount: number;
  /** Offsets of cell, block and ciphertext values from the start of the body. */
  readonly offsets: readonly [number, number, number];
}

/** Sizes of one value of each column, in bytes. */
export type ColumnWidths = readonly [number, number, number];

/** The message in these bytes, prefix included. @throws {@link VeilsumError} CONTAINER_INVALID */
export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stated = view.getInt32(4, true);
  if (view.getInt32(0, true) !== -1 || stated !== bytes.length - MESSAGE_PREFIX_BYTES) {
    throw invalidContainer('A message does not begin as the footer says.');
  }
  const message = Message.getRootAsMessage(new ByteBuffer(bytes.subarray(MESSAGE_PREFIX_BYTES)));
  if (message.version() !== MetadataVersion.V5) {
    throw invalidContainer('A message has another Arrow metadata version than 5.');
  }
  if (message.customMetadataLength() !== 0) throw invalidContainer('A message carries metadata.');
  return message;
}

/**
 * Checks the metadata of one record batch: plain values without nulls, compression or dictionary,
 * at most 1024 rows, all buffers inside the body and one behind the other.
 *
 * @throws {@link VeilsumError} CONTAINER_INVALID
 */
export function requireBatchForm(
  metadata: Uint8Array,
  bodyBytes: number,
  widths: ColumnWidths,
): BatchForm {
  const message = decodeMessage(metadata);
  if (message.headerType() !== MessageHeader.RecordBatch) {
    throw invalidContainer('A message that should be a record batch is none.');
  }
  const batch = message.header(new RecordBatch()) as RecordBatch | null;
  if (batch === null || message.bodyLength() !== BigInt(bodyBytes)) {
    throw invalidContainer('A record batch has another length than the footer says.');
  }
  if (batch.compression() !== null) throw invalidContainer('A record batch is compressed.');
  const rowCount = Number(batch.length());
  if (rowCount < 1 || rowCount > CONTAINER_BATCH_ROWS_MAX) {
    throw invalidContainer(
      `A record batch has ${rowCount} rows, not 1 to ${CONTAINER_BATCH_ROWS_MAX}.`,
    );
  }
  requireNodes(batch, rowCount);
  return { rowCount, offsets: requireBuffers(batch, bodyBytes, widths) };
}

function requireNodes(batch: RecordBatch, rowCount: number): void {
  if (batch.nodesLength() !== columnNames.length || batch.variadicBufferCountsLength() !== 0) {
    throw invalidContainer('A record batch has other columns than the schema.');
  }
  for (const [index, name] of columnNames.entries()) {
    const node = batch.nodes(index);
    if (node?.length() !== BigInt(rowCount)) {
      throw invalidContainer(`The column ${name} has another length than its batch.`);
    }
    if (node.nullCount() !== 0n) throw invalidContainer(`The column ${name} has nulls.`);
  }
}

function requireBuffers(
  batch: RecordBatch,
  bodyBytes: number,
  widths: ColumnWidths,
): [number, number, number] {
  if (batch.buffersLength() !== 2 * columnNames.length) {
    throw invalidContainer('A record batch has other buffers than the schema.');
  }
  const offsets: [number, number, number] = [0, 0, 0];
  let end = 0;
  for (const [index, name] of columnNames.entries()) {
    if (batch.buffers(2 * index)?.length() !== 0n) {
      throw invalidContainer(`The column ${name} has a validity bitmap.`);
    }
    const values = extentOf(batch, 2 * index + 1);
    const needed = Number(batch.length()) * (widths[index] ?? 0);
    if (!liesWithin(values, { start: end, end: bodyBytes }) || !isPadded(values.length, needed)) {
      throw invalidContainer(`The values of the column ${name} do not lie in their batch.`);
    }
    offsets[index] = values.offset;
    end = values.offset + values.length;
  }
  return offsets;
}

interface Extent {
  readonly offset: number;
  readonly length: number;
}

function extentOf(batch: RecordBatch, index: number): Extent {
  const buffer = batch.buffers(index);
  return { offset: Number(buffer?.offset()), length: Number(buffer?.length()) };
}

function liesWithin({ offset, length }: Extent, room: { start: number; end: number }): boolean {
  return offset % 8 === 0 && offset >= room.start && offset + length <= room.end;
}

/** Writers may count the padding of a buffer, up to 64 bytes, into its length. */
function isPadded(length: number, needed: number): boolean {
  return length >= needed && length < needed + 64;
}
