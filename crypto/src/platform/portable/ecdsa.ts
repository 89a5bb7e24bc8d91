import { p256 } from '@noble/curves/nist.js';

import { pointOfSpki, scalarOfPkcs8 } from '../../p256-key.js';
import type { Ecdsa } from '../ecdsa.js';

/** ECDSA in JavaScript, for browsers: `crypto.subtle` does not answer at once. */
export const ecdsa: Ecdsa = {
  createSigner(pkcs8) {
    const scalar = scalarOfPkcs8(pkcs8);
    return (message) => p256.sign(message, scalar);
  },
  verify(message, signature, spki) {
    try {
      return p256.verify(signature, message, pointOfSpki(spki));
    } catch {
      return false;
    }
  },
};
