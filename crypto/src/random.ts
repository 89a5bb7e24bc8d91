import { ParameterError } from './errors.js';
import { bitLength, bytesToBigint } from './integer-encoding.js';

/** What `getRandomValues` gives at most in one call (Web Cryptography, §10.1.1). */
const QUOTA_BYTES = 65_536;

/**
 * Secret bytes from the platform's secure random source.
 * @throws {@link ParameterError} when length is no non-negative integer
 */
export function randomBytes(length: number): Uint8Array {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new ParameterError('A number of random bytes must be a non-negative integer.');
  }
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += QUOTA_BYTES) {
    globalThis.crypto.getRandomValues(bytes.subarray(offset, offset + QUOTA_BYTES));
  }
  return bytes;
}

/**
 * A secret integer, uniform in [0, 2^bits).
 * @throws {@link ParameterError} when bits is no non-negative integer
 */
export function randomBits(bits: number): bigint {
  const bytes = randomBytes(Math.ceil(bits / 8));
  return bytesToBigint(bytes) >> BigInt(8 * bytes.length - bits);
}

/**
 * A secret integer, uniform in [0, bound), by rejection and never by a remainder (docs/protocol.md §1).
 * @throws {@link ParameterError} when bound is below 1
 */
export function randomBelow(bound: bigint): bigint {
  if (bound < 1n) throw new ParameterError('A random integer needs a bound of at least 1.');
  const bits = bitLength(bound - 1n);
  for (;;) {
    const candidate = randomBits(bits);
    if (candidate < bound) return candidate;
  }
}
