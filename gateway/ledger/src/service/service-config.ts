import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { VeilsumError } from '@veilsum/protocol';
import type { ZodType } from 'zod';

/**
 * Reads the configuration that a service was started with: `--config FILE`, JSON. It holds paths, never
 * a secret itself.
 * @throws {@link VeilsumError} INVALID_ARGUMENT naming the file and the field at fault
 */
export async function readServiceConfig<Config>(schema: ZodType<Config>): Promise<Config> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new VeilsumError('INVALID_ARGUMENT', 'Say which file to read: --config FILE.');
  }
  return readConfigFile(values.config, schema);
}

/** @throws {@link VeilsumError} INVALID_ARGUMENT naming the file and the field at fault */
export async function readConfigFile<Config>(
  path: string,
  schema: ZodType<Config>,
): Promise<Config> {
  const parsed = schema.safeParse(parseOrThrow(path, await readOrThrow(path)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
  throw new VeilsumError('INVALID_ARGUMENT', `The configuration ${path} is not valid. ${field}`);
}

/**
 * The first line of a passphrase file.
 * @returns the passphrase, secret
 * @throws {@link VeilsumError} INVALID_ARGUMENT when the file cannot be read or is empty
 */
export async function readPassphrase(path: string): Promise<string> {
  const [passphrase = ''] = (await readOrThrow(path)).split(/\r?\n/, 1);
  if (passphrase !== '') return passphrase;
  throw new VeilsumError('INVALID_ARGUMENT', `The passphrase file ${path} is empty.`);
}

async function readOrThrow(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new VeilsumError('INVALID_ARGUMENT', `The file ${path} cannot be read.`, { cause });
  }
}

function parseOrThrow(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VeilsumError('INVALID_ARGUMENT', `The file ${path} is not JSON.`, { cause });
  }
}
