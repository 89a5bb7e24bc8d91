import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { mappingSchema, type Mapping } from './mapping-schema.js';

const MAPPING_BYTES_MAX = 1_000_000;

/**
 * Reads a mapping file; a relative `source.path` in it becomes absolute.
 * @throws {@link VeilsumError} MAPPING_INVALID with the field, or the line, at fault
 */
export async function readMapping(path: string): Promise<Mapping> {
  const name = basename(path);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw invalid(name, `The mapping cannot be read (${code}).`);
  }
  if (bytes.length > MAPPING_BYTES_MAX) throw invalid(name, 'The mapping is larger than 1 MB.');
  const mapping = parseMapping(bytes.toString('utf8'), name);
  if (mapping.source.path === undefined) return mapping;
  const absolute = resolve(dirname(path), mapping.source.path);
  return { ...mapping, source: { ...mapping.source, path: absolute } };
}

/**
 * A mapping out of YAML (1.2) or JSON text.
 * @param name what messages call it
 * @throws {@link VeilsumError} MAPPING_INVALID with the field, or the line, at fault
 */
export function parseMapping(text: string, name: string): Mapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const { line } = lines.linePos(mistake.pos[0]);
    throw invalid(name, `Line ${line} is not valid YAML (${mistake.code}).`);
  }
  const parsed = mappingSchema.safeParse(toPlain(document, name));
  if (parsed.success) return parsed.data;
  throw invalid(name, issueSentence(parsed.error));
}

function toPlain(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw invalid(name, 'An alias in it does not resolve.');
  }
}

function issueSentence(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  return path === '' ? `${issue?.message ?? 'It is empty'}.` : `${path}: ${issue?.message ?? ''}.`;
}

function invalid(name: string, sentence: string): VeilsumError {
  return new VeilsumError('MAPPING_INVALID', `${name}: ${sentence}`);
}
