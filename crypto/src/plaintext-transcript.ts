import { canonicalBytes } from './canonical-json.js';
import { exponentBitsFor } from './encryption.js';
import { ParameterError } from './errors.js';
import { createSha256, first128, type Hasher, sha256 } from './hash.js';
import { bigintToBytes, encodeText, encodeUint32 } from './integer-encoding.js';
import type { PublicKey } from './public-key.js';

const BATCH_TAG = encodeText('veilsum/v1/plaintext/batch');
const CHALLENGE_TAG = encodeText('veilsum/v1/plaintext/challenge');

/** τ of docs/protocol.md §3.1, taken in block by block; never holds more than one block. */
export class PlaintextTranscript {
  readonly #hash: Hasher = createSha256();

  /**
   * @param context canonical JSON object that names the maker
   * @param count J, the number of blocks
   * @throws {@link EncodingError} when the context has no canonical JSON or the count no 32 bits
   */
  constructor(key: PublicKey, context: unknown, count: number) {
    this.#hash.update(encodeText('veilsum/v1/plaintext'));
    this.#hash.update(key.keyIdBytes);
    this.#hash.update(sha256(canonicalBytes(context)));
    this.#hash.update(encodeUint32(count));
  }

  /** @param block el2(cⱼ), in block order */
  absorb(block: Uint8Array): void {
    this.#hash.update(block);
  }

  /** τ, 32 bytes; to be called once, after the last block. */
  finish(): Uint8Array {
    return this.#hash.digest();
  }
}

/** eⱼ of docs/protocol.md §3.1, in [0, 2^128). */
export function plaintextWeight(tau: Uint8Array, index: number): bigint {
  return first128(BATCH_TAG, tau, encodeUint32(index));
}

/** e of docs/protocol.md §3.1, in [0, 2^128). */
export function plaintextChallenge(key: PublicKey, tau: Uint8Array, a: bigint): bigint {
  return first128(CHALLENGE_TAG, tau, bigintToBytes(a, key.elementBytes2));
}

/**
 * A in bits, which the `format` of a proof's context fixes (docs/protocol.md §3).
 * @throws {@link ParameterError} when the context has no format that proofs are made for
 */
export function alphaBitsOfContext(key: PublicKey, context: unknown): number {
  const format = (context as { format?: unknown } | null | undefined)?.format;
  if (format !== 'veilsum-contribution/1' && format !== 'veilsum-blinding/1') {
    throw new ParameterError('A proof of plaintext knowledge is of a contribution or a blinding.');
  }
  return exponentBitsFor(key, format);
}
