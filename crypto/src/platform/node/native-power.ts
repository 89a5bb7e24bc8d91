import { createDiffieHellman } from 'node:crypto';

import { bigintToBytes, bitLength, bytesToBigint } from '../../integer-encoding.js';
import type { NativePower } from '../native-power.js';

/** Below this OpenSSL's DiffieHellman answers zeros without an error; above the other it refuses. */
const MODULUS_BITS_MIN = 512;
const MODULUS_BITS_MAX = 10_000;

/** Longest exponent for which OpenSSL's results were compared with BigInt's. */
const EXPONENT_BITS_MAX = 12_800;

/**
 * Powers by OpenSSL: a DiffieHellman object with the modulus as prime, the base as the other
 * party's public key and the exponent as private key. About four times faster than BigInt.
 * @returns undefined when the modulus is even or outside the sizes that OpenSSL computes
 */
export function createNativePower(modulus: bigint): NativePower | undefined {
  const bits = bitLength(modulus);
  if (bits < MODULUS_BITS_MIN || bits > MODULUS_BITS_MAX || modulus % 2n === 0n) return undefined;
  const length = Math.ceil(bits / 8);
  const exchange = createDiffieHellman(bigintToBytes(modulus, length), 2);
  return (base, exponent) => {
    const exponentBits = bitLength(exponent);
    if (exponentBits > EXPONENT_BITS_MAX) return undefined;
    exchange.setPrivateKey(bigintToBytes(exponent, Math.ceil(exponentBits / 8)));
    try {
      return bytesToBigint(exchange.computeSecret(bigintToBytes(base, length)));
    } catch {
      // It takes a base of 1 or -1, or such a result, for an attack on a key exchange and refuses.
      return undefined;
    }
  };
}
