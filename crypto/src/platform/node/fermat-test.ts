import { constants, createPublicKey, publicEncrypt } from 'node:crypto';

import { bigintToBytes, bitLength, bytesToBigint } from '../../integer-encoding.js';

/** Above this OpenSSL refuses RSA exponents of more than 64 bits. */
const VALUE_BITS_MAX = 3072;

function base64url(value: bigint): string {
  return Buffer.from(bigintToBytes(value, Math.ceil(bitLength(value) / 8))).toString('base64url');
}

/**
 * Whether 2^(value-1) = 1 mod value, by OpenSSL; undefined when it does not compute that.
 *
 * A bare RSA encryption of 2 with modulus value and exponent value - 1. `checkPrime` and
 * DiffieHellman, which both test whether their modulus is prime, spend 64 rounds on every prime;
 * a search for safe primes meets many primes that are not safe.
 * @param value odd, secret
 */
export function passesFermatNatively(value: bigint): boolean | undefined {
  const bits = bitLength(value);
  if (bits > VALUE_BITS_MAX) return undefined;
  try {
    const jwk = { kty: 'RSA', n: base64url(value), e: base64url(value - 1n) };
    const key = createPublicKey({ format: 'jwk', key: jwk });
    const two = bigintToBytes(2n, Math.ceil(bits / 8));
    return bytesToBigint(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, two)) === 1n;
  } catch {
    return undefined;
  }
}
