import { scrypt as nodeScrypt } from 'node:crypto';

import type { Scrypt } from '../scrypt.js';

/** scrypt by OpenSSL, on a thread of its own. */
export const scrypt: Scrypt = (passphrase, salt, { cost, length }) =>
  new Promise((resolve, reject) => {
    const { n, r, p } = cost;
    // The default limit is 32 MiB; what scrypt takes and a little for OpenSSL's own needs.
    const maxmem = 128 * (n + p + 2) * r + 2 ** 20;
    nodeScrypt(passphrase, salt, length, { N: n, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
