import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { ParameterError } from './errors.js';
import { bytesToBigint, encodeText } from './integer-encoding.js';

const CONTRIBUTION_ID = /^[0-9a-f]{32}$/u;
const SEED_BYTES = 32;

/** What HKDF-SHA-256 gives at most, 255 hashes (RFC 5869 §2.3). */
const OUTPUT_BITS_MAX = 255 * 256;

/**
 * The exponents of one contribution: row -> α (docs/protocol.md §3). HKDF-SHA-256 (RFC 5869) with
 * empty salt and info `veilsum/v1/alpha/<contributionId>/<row>`.
 * @param seed secret, 32 bytes, fresh for every file
 * @param contributionId 32 lower-case hex digits, fresh for every file
 * @param exponentBits length of α, a multiple of 8
 * @returns a function of the row, a non-negative integer, to α in [0, 2^exponentBits), secret
 * @throws {@link ParameterError} outside these
 */
export function createExponentDeriver(
  seed: Uint8Array,
  contributionId: string,
  exponentBits: number,
): (row: number) => bigint {
  if (seed.length !== SEED_BYTES) throw new ParameterError('A contribution seed has 32 bytes.');
  if (!CONTRIBUTION_ID.test(contributionId)) {
    throw new ParameterError('A contributionId is 32 lower-case hex digits.');
  }
  if (exponentBits % 8 !== 0 || exponentBits < 8 || exponentBits > OUTPUT_BITS_MAX) {
    throw new ParameterError('An exponent has a positive multiple of 8 bits.');
  }
  const pseudorandomKey = extract(sha256, seed);
  return (row) => {
    if (!Number.isSafeInteger(row) || row < 0) {
      throw new ParameterError('A row is a non-negative integer.');
    }
    const info = encodeText(`veilsum/v1/alpha/${contributionId}/${row}`);
    return bytesToBigint(expand(sha256, pseudorandomKey, info, exponentBits / 8));
  };
}

/**
 * The exponent of one row; for all rows of a file {@link createExponentDeriver} is faster.
 * @param seed secret, 32 bytes
 * @param contributionId 32 lower-case hex digits
 * @param row cell · blocksPerStrip + block
 * @param exponentBits length of α, a multiple of 8
 * @returns α in [0, 2^exponentBits), secret
 * @throws {@link ParameterError} as {@link createExponentDeriver} does
 */
export function deriveExponents(
  seed: Uint8Array,
  contributionId: string,
  row: number,
  exponentBits: number,
): bigint {
  return createExponentDeriver(seed, contributionId, exponentBits)(row);
}
