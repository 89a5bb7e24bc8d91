import { webcrypto } from 'node:crypto';

/* eslint-disable @typescript-eslint/no-empty-object-type -- a global name for a type that has one elsewhere */
declare global {
  // The X.509 library names these as browsers do; Node's typings keep them in a namespace.
  interface Crypto extends webcrypto.Crypto {}
  interface CryptoKey extends webcrypto.CryptoKey {}
  interface CryptoKeyPair extends webcrypto.CryptoKeyPair {}
}
/* eslint-enable @typescript-eslint/no-empty-object-type */

/** The Web Cryptography API of the platform. */
export const crypto: Crypto = webcrypto;
