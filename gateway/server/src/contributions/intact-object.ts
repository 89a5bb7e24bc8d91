import { bytesToHex, createSha256 } from '@veilsum/crypto';
import type { Contribution } from '@veilsum/protocol';

import type { ObjectStore } from '../objects/object-store.js';

/** Whether a kept container is still what its contributor registered; disks rot, and files get lost. */
export async function isIntact(
  objects: ObjectStore,
  name: string,
  { byteLength, contentHash }: Pick<Contribution, 'byteLength' | 'contentHash'>,
): Promise<boolean> {
  const stored = await objects.open(name);
  if (stored === undefined) return false;
  const hash = createSha256();
  for await (const piece of stored.stream) hash.update(piece as Uint8Array);
  return stored.byteLength === byteLength && bytesToHex(hash.digest()) === contentHash;
}
