import { sha256 } from '@noble/hashes/sha2.js';

import type { Hasher } from '../hasher.js';

/** SHA-256 in JavaScript (FIPS 180-4), for browsers: `crypto.subtle` neither streams nor answers at once. */
export function createSha256(): Hasher {
  const hash = sha256.create();
  return {
    update(bytes: Uint8Array): void {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
}
