import { randomUUID } from 'node:crypto';
import { access, chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { CryptoError, decodeKeyStore, encodeKeyStore } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';

import { syncFolder, writeAndSync } from '../durable-file.js';

/**
 * Writes a file so that after a crash either the whole new content is there or what was there before.
 * Only the owner may read it.
 */
export async function writePrivateFile(path: string, content: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeAndSync(draft, content);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder that only the owner may enter. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

/**
 * Keeps a key from being overwritten by a new one.
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when the file is there
 */
export async function requireAbsent(path: string): Promise<void> {
  if (!(await isThere(path))) return;
  throw new VeilsumError(
    'STATE_FOLDER_INVALID',
    `${path} is there already, and its keys are not overwritten.`,
  );
}

/** @returns whether there is a file or folder of this name */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Writes a secret encrypted under a passphrase (docs/protocol.md §2). */
export async function writeSecretFile(
  path: string,
  secret: Uint8Array,
  passphrase: string,
): Promise<void> {
  await writePrivateFile(path, await encodeKeyStore(secret, passphrase));
}

/**
 * The secret of a file that {@link writeSecretFile} wrote.
 * @throws {@link VeilsumError} KEY_STORE_LOCKED when the passphrase is wrong or the file was changed,
 * STATE_FOLDER_INVALID when there is no such file or it is not a key store
 */
export async function readSecretFile(path: string, passphrase: string): Promise<Uint8Array> {
  const store = await readStateFile(path);
  try {
    return await decodeKeyStore(store, passphrase);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    const code = error.code === 'KEY_STORE_LOCKED' ? 'KEY_STORE_LOCKED' : 'STATE_FOLDER_INVALID';
    throw new VeilsumError(code, `${error.message} File: ${path}`);
  }
}

/**
 * The bytes of a file that has to be there.
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when it cannot be read
 */
export async function readStateFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new VeilsumError('STATE_FOLDER_INVALID', `The file ${path} cannot be read.`, { cause });
  }
}
