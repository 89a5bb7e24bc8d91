import { readFile } from 'node:fs/promises';
import { open as openSealed } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import type { KeyRing, KeyShare } from './key-ring.js';

export interface SealedShareSource {
  /** What the dealer wrote for this keyholder (docs/protocol.md §2, §8). */
  readonly file: string;
  /** The member's X25519 secret, 32 bytes. */
  readonly boxSecret: Uint8Array;
}

/**
 * Opens what the dealer sealed and takes the share in. The file is left as it is; once this has
 * succeeded it may be removed.
 *
 * @returns undefined when there is no such file any more, or the ledger does not have its key yet
 * @throws {@link VeilsumError} KEY_SHARE_INVALID when it is sealed to another key or the share is wrong
 */
export async function importSealedShare(
  keyRing: KeyRing,
  { file, boxSecret }: SealedShareSource,
): Promise<KeyShare | undefined> {
  const sealed = await readIfThere(file);
  if (sealed === undefined) return undefined;
  try {
    return await keyRing.take(unseal(sealed, boxSecret));
  } catch (error) {
    if (error instanceof VeilsumError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const sentence = `The sealed key share ${file} cannot be read.`;
    throw new VeilsumError('INVALID_ARGUMENT', sentence, { cause: error });
  }
}

function unseal(sealed: Uint8Array, boxSecret: Uint8Array): Uint8Array {
  try {
    return openSealed(sealed, boxSecret);
  } catch (cause) {
    const sentence = 'The sealed key share does not open with the box key of this member.';
    throw new VeilsumError('KEY_SHARE_INVALID', sentence, { cause });
  }
}
