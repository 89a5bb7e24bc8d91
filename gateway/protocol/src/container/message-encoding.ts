import type { Schema } from 'apache-arrow';
import { MetadataVersion } from 'apache-arrow';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import { BufferRegion, FieldNode, Message, RecordBatch } from 'apache-arrow/ipc/metadata/message';

import {
  aligned,
  columnNames,
  endOfStream,
  LEADING_BYTES,
  magic,
  MESSAGE_PREFIX_BYTES,
} from './format.js';

/** Where one encoded record batch lies in the file. */
export interface BatchPosition {
  readonly offset: number;
  /** Bytes of prefix and metadata. */
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** The values of up to 1024 consecutive rows. */
export interface BatchColumns {
  readonly cells: Uint32Array;
  readonly blocks: Uint16Array;
  /** Concatenated, all of one width. */
  readonly ciphertexts: Uint8Array;
}

/** The first bytes of the file up to the first batch, padded with zeros to exactly `byteLength`. */
export function encodeHead(schema: Schema, byteLength: number): Uint8Array {
  const message = encodeMessage(Message.from(schema), byteLength - LEADING_BYTES);
  const bytes = new Uint8Array(byteLength);
  bytes.set(magic);
  bytes.set(message, LEADING_BYTES);
  return bytes;
}

/** Bytes that {@link encodeHead} needs at least. */
export function headBytes(schema: Schema): number {
  return LEADING_BYTES + encodeMessage(Message.from(schema)).length;
}

/** One record batch: message and body, each aligned. */
export function encodeBatch(columns: BatchColumns): { metadata: Uint8Array; body: Uint8Array } {
  const rowCount = columns.cells.length;
  const parts = [bytesOf(columns.cells), bytesOf(columns.blocks), columns.ciphertexts];
  const regions: BufferRegion[] = [];
  let bodyBytes = 0;
  for (const part of parts) {
    regions.push(new BufferRegion(bodyBytes, 0), new BufferRegion(bodyBytes, part.length));
    bodyBytes += aligned(part.length);
  }
  const body = new Uint8Array(bodyBytes);
  for (const [index, part] of parts.entries()) body.set(part, regions[2 * index + 1]?.offset);
  const nodes = columnNames.map(() => new FieldNode(rowCount, 0));
  const header = new RecordBatch(rowCount, nodes, regions, null);
  return { metadata: encodeMessage(Message.from(header, bodyBytes)), body };
}

/** Everything after the last batch: end of stream, footer, its length, magic. */
export function encodeTail(schema: Schema, batches: readonly BatchPosition[]): Uint8Array {
  const blocks = batches.map(
    ({ offset, metadataBytes, bodyBytes }) => new FileBlock(metadataBytes, bodyBytes, offset),
  );
  const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, blocks, []));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setInt32(0, footer.length, true);
  return Buffer.concat([endOfStream, footer, length, magic]);
}

function encodeMessage(message: Message, paddedBytes?: number): Uint8Array {
  const metadata = Message.encode(message);
  const total = paddedBytes ?? aligned(MESSAGE_PREFIX_BYTES + metadata.length);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, total - MESSAGE_PREFIX_BYTES, true);
  bytes.set(metadata, MESSAGE_PREFIX_BYTES);
  return bytes;
}

/** Little-endian bytes: every platform that Node.js supports here is little-endian, as Arrow wants. */
function bytesOf(values: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
