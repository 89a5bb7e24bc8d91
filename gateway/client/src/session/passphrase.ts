import { readFile } from 'node:fs/promises';
import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { VeilsumError } from '@veilsum/protocol';
import type { StateFolder } from './state-folder.js';

/**
 * The passphrase of a key store, from the first of: the given file, the environment's
 * VEILSUM_PASSPHRASE, the file that `veilsum up` generated, the terminal.
 * @returns secret
 * @throws {@link VeilsumError} KEY_STORE_LOCKED when there is none to be had
 */
export async function findPassphrase(
  state: StateFolder,
  holder: string,
  file?: string,
): Promise<string> {
  if (file !== undefined) return firstLine(file);
  const fromEnvironment = process.env['VEILSUM_PASSPHRASE'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  const generated = await firstLine(state.passphraseFile(holder)).catch(() => undefined);
  if (generated !== undefined) return generated;
  if (stdin.isTTY) return askPassphrase(holder);
  throw new VeilsumError(
    'KEY_STORE_LOCKED',
    `No passphrase for ${holder}. Set VEILSUM_PASSPHRASE or name a file with --passphrase-file.`,
  );
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VeilsumError('KEY_STORE_LOCKED', `The passphrase file ${file} cannot be read.`, {
      cause,
    });
  });
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line !== '') return line;
  throw new VeilsumError('KEY_STORE_LOCKED', `The passphrase file ${file} is empty.`);
}

/** Asks on the terminal without showing what is typed. */
export function askPassphrase(holder: string): Promise<string> {
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  stderr.write(`Passphrase of ${holder}: `);
  const terminal = createInterface({ input: stdin, output: silent, terminal: true });
  return new Promise((resolve) => {
    terminal.question('', (answer) => {
      terminal.close();
      stderr.write('\n');
      resolve(answer);
    });
  });
}
