import { sha256 } from './hash.js';
import { bigintToBytes, bytesToBigint, encodeText, encodeUint32 } from './integer-encoding.js';

/** More bytes than n has, so that the remainder mod n is uniform to within 2^-128. */
const SPARE_BYTES = 16;
const HASH_BYTES = 32;

/**
 * H(tag, k) of docs/protocol.md §2: an element mod n that nobody chose.
 * @param tag ASCII, e.g. `veilsum/v1/base`
 * @param n modulus, of exactly 8·elementBytes1 bits
 * @param index k, in [0, 2^32)
 */
export function hashedElement(
  tag: string,
  modulus: { readonly n: bigint; readonly elementBytes1: number },
  index: number,
): bigint {
  const length = modulus.elementBytes1 + SPARE_BYTES;
  const prefix = [
    encodeText(tag),
    bigintToBytes(modulus.n, modulus.elementBytes1),
    encodeUint32(index),
  ];
  const bytes = new Uint8Array(Math.ceil(length / HASH_BYTES) * HASH_BYTES);
  for (let counter = 0; counter * HASH_BYTES < length; counter += 1) {
    bytes.set(sha256(...prefix, encodeUint32(counter)), counter * HASH_BYTES);
  }
  return bytesToBigint(bytes.subarray(0, length)) % modulus.n;
}

/** The verification base v of a modulus, a square that nobody chose (docs/protocol.md §2). */
export function verificationBase(modulus: {
  readonly n: bigint;
  readonly elementBytes1: number;
}): bigint {
  return hashedElement('veilsum/v1/base', modulus, 0) ** 2n % modulus.n;
}

/** What `roots[index]` of a record is the n-th root of, mod n (docs/protocol.md §2). */
export function rootTarget(
  modulus: { readonly n: bigint; readonly elementBytes1: number },
  index: number,
): bigint {
  return hashedElement('veilsum/v1/root', modulus, index);
}
