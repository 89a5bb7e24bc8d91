import { readFile } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import { parseDocument } from 'yaml';
import type { z } from 'zod';

/**
 * Reads a YAML or JSON file against a schema.
 * @throws {@link VeilsumError} INVALID_ARGUMENT naming file, line or field, and what is wrong
 */
export async function readDocument<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(`${path} cannot be read (${fileErrorCode(cause)}).`);
  });
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw invalid(`${path}: ${error.message.split('\n')[0] ?? ''}`);
  return parseAs(schema, document.toJS() as unknown, path);
}

/** @throws {@link VeilsumError} INVALID_ARGUMENT naming where it came from, the field, and what is wrong */
export function parseAs<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw invalid(`${source}: ${field === '' ? '' : `${field}: `}${issue?.message ?? 'invalid'}.`);
}

const invalid = (sentence: string) => new VeilsumError('INVALID_ARGUMENT', sentence);

/** @returns the system's word for what went wrong with a file, such as ENOENT */
export function fileErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
