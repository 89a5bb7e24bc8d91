import { createHash } from 'node:crypto';

import type { Hasher } from '../hasher.js';

/** SHA-256 by OpenSSL (FIPS 180-4); for containers of a gigabyte it is several times faster than JavaScript. */
export function createSha256(): Hasher {
  const hash = createHash('sha256');
  return {
    update(bytes: Uint8Array): void {
      hash.update(bytes);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
}
