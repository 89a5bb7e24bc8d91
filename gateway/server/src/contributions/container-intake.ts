import type { Readable } from 'node:stream';

import { createSha256, bytesToHex } from '@veilsum/crypto';
import { VeilsumError, type Contribution } from '@veilsum/protocol';

import type { StagedObject } from '../objects/object-store.js';

/**
 * Takes the bytes of a container as they arrive and compares length and hash with what its
 * contributor registered on the ledger; stops at the first byte too many.
 *
 * @throws {@link VeilsumError} CONTAINER_HASH
 */
export async function receiveContainer(
  bytes: Readable,
  staged: StagedObject,
  registered: Pick<Contribution, 'byteLength' | 'contentHash'>,
): Promise<void> {
  const hash = createSha256();
  let length = 0;
  // A refusal has to reach the caller, so leaving the loop must not destroy the connection.
  for await (const chunk of bytes.iterator({ destroyOnReturn: false })) {
    const piece = chunk as Uint8Array;
    length += piece.length;
    if (length > registered.byteLength) throw otherBytes();
    hash.update(piece);
    await staged.write(piece);
  }
  const contentHash = bytesToHex(hash.digest());
  if (length !== registered.byteLength || contentHash !== registered.contentHash) {
    throw otherBytes();
  }
}

function otherBytes(): VeilsumError {
  return new VeilsumError(
    'CONTAINER_HASH',
    'The uploaded bytes are not those whose hash the contributor registered.',
  );
}
