import { createSha256 } from '#platform/hash';

import { bytesToBigint, bytesToHex } from './integer-encoding.js';

export { createSha256 } from '#platform/hash';
export type { Hasher } from './platform/hasher.js';

/**
 * SHA-256 (FIPS 180-4) of the concatenation of the parts.
 * @returns 32 bytes
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createSha256();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * SHA-256 of the concatenation of the parts as text.
 * @returns 64 lower-case hex digits
 */
export function sha256Hex(...parts: readonly Uint8Array[]): string {
  return bytesToHex(sha256(...parts));
}

/**
 * The first 16 bytes of SHA-256 of the concatenation, read big-endian (docs/protocol.md §1).
 * @returns an integer in [0, 2^128)
 */
export function first128(...parts: readonly Uint8Array[]): bigint {
  return bytesToBigint(sha256(...parts).subarray(0, 16));
}
