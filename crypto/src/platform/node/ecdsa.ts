import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

import { bytesToHex } from '../../integer-encoding.js';
import type { Ecdsa } from '../ecdsa.js';

/** Reading a public key takes three times as long as a check with it, and a ledger sees few keys. */
const PUBLIC_KEYS_MAX = 256;
const publicKeys = new Map<string, KeyObject>();

/** ECDSA by OpenSSL; it checks a signature in a twentieth of the time that JavaScript takes. */
export const ecdsa: Ecdsa = {
  createSigner(pkcs8) {
    const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
    return (message) => new Uint8Array(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));
  },
  verify(message, signature, spki) {
    try {
      const key = publicKeyOf(spki);
      return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      return false;
    }
  },
};

function publicKeyOf(spki: Uint8Array): KeyObject {
  const name = bytesToHex(spki);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const oldest = publicKeys.size >= PUBLIC_KEYS_MAX ? publicKeys.keys().next().value : undefined;
  if (oldest !== undefined) publicKeys.delete(oldest);
  publicKeys.set(name, key);
  return key;
}
