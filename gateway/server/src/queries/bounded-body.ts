import type { Readable } from 'node:stream';

import { VeilsumError } from '@veilsum/protocol';

/**
 * All bytes of a body that is short enough to be held.
 *
 * @throws {@link VeilsumError} LIMIT_EXCEEDED at the first byte too many
 */
export async function readBytes(body: Readable, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A refusal has to reach the caller, so leaving the loop must not destroy the connection.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const piece = chunk as Uint8Array;
    length += piece.length;
    if (length > bytesMax) {
      throw new VeilsumError('LIMIT_EXCEEDED', `At most ${bytesMax} bytes are taken here.`);
    }
    chunks.push(piece);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
