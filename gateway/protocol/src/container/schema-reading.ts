import { FixedSizeBinary } from 'apache-arrow/fb/fixed-size-binary';
import { Endianness } from 'apache-arrow/fb/endianness';
import type { Field } from 'apache-arrow/fb/field';
import { Int } from 'apache-arrow/fb/int';
import type { KeyValue } from 'apache-arrow/fb/key-value';
import type { Schema } from 'apache-arrow/fb/schema';
import { Type } from 'apache-arrow/fb/type';

import { ciphertextBytes, columnNames } from './format.js';
import { invalidContainer } from './shape-error.js';

/** The two metadata entries of a container, as text. */
export interface ContainerMetadata {
  readonly context: string;
  readonly proof: string;
}

/**
 * Checks a schema against docs/protocol.md §5, touching only what a container has: lengths are
 * checked before anything is walked, so that a crafted file decides neither time nor memory.
 *
 * @throws {@link VeilsumError} CONTAINER_INVALID
 */
export function requireContainerSchema(schema: Schema, modulusBits: number): ContainerMetadata {
  if (schema.endianness() !== Endianness.Little) throw invalidContainer('The file is big-endian.');
  if (schema.featuresLength() !== 0) throw invalidContainer('The file needs special features.');
  if (schema.fieldsLength() !== columnNames.length) {
    throw invalidContainer(`The columns are not exactly ${columnNames.join(', ')}.`);
  }
  for (const [index, name] of columnNames.entries()) {
    requireColumn(schema.fields(index), name, modulusBits);
  }
  return readMetadata(schema);
}

function requireColumn(field: Field | null, name: string, modulusBits: number): void {
  if (field?.name() !== name) {
    throw invalidContainer(`The columns are not exactly ${columnNames.join(', ')}.`);
  }
  if (field.dictionary() !== null) throw invalidContainer(`The column ${name} has a dictionary.`);
  if (field.childrenLength() !== 0 || field.customMetadataLength() !== 0) {
    throw invalidContainer(`The column ${name} carries more than values.`);
  }
  if (!hasColumnType(field, name, modulusBits)) {
    throw invalidContainer(`The column ${name} has another type.`);
  }
}

function hasColumnType(field: Field, name: string, modulusBits: number): boolean {
  if (name === 'ciphertext') {
    if (field.typeType() !== Type.FixedSizeBinary) return false;
    const type = field.type(new FixedSizeBinary()) as FixedSizeBinary | null;
    return type?.byteWidth() === ciphertextBytes(modulusBits);
  }
  if (field.typeType() !== Type.Int) return false;
  const type = field.type(new Int()) as Int | null;
  return type !== null && !type.isSigned() && type.bitWidth() === (name === 'cell' ? 32 : 16);
}

function readMetadata(schema: Schema): ContainerMetadata {
  if (schema.customMetadataLength() !== 2) {
    throw invalidContainer('The metadata entries are not exactly context and proof.');
  }
  const entries = [0, 1].map((index) => schema.customMetadata(index));
  return { context: entryOf(entries, 'context'), proof: entryOf(entries, 'proof') };
}

function entryOf(entries: readonly (KeyValue | null)[], key: string): string {
  const value = entries.find((entry) => entry?.key() === key)?.value();
  if (typeof value !== 'string') {
    throw invalidContainer('The metadata entries are not exactly context and proof.');
  }
  return value;
}
