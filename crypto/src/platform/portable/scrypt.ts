import { scryptAsync } from '@noble/hashes/scrypt.js';

import type { Scrypt } from '../scrypt.js';

/** scrypt in JavaScript, for browsers; it yields to the event loop. */
export const scrypt: Scrypt = (passphrase, salt, { cost, length }) =>
  scryptAsync(passphrase, salt, { N: cost.n, r: cost.r, p: cost.p, dkLen: length });
