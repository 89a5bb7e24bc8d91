import { isCoprime } from './coprimality.js';
import { EncodingError, ParameterError } from './errors.js';
import { bigintToBytes, bytesToBigint } from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import type { PublicKey } from './public-key.js';

declare const ciphertextBrand: unique symbol;

/** A Paillier ciphertext under one key: an integer in [1, n²) coprime to n (docs/protocol.md §3). */
export type Ciphertext = bigint & { readonly [ciphertextBrand]: 'Ciphertext' };

/** Encodings of ciphertexts are fixed: 2·modulusBits/8 bytes, big-endian. */
function readRange(key: PublicKey, bytes: Uint8Array): bigint {
  if (bytes.length !== key.elementBytes2) {
    throw new EncodingError(
      `A ciphertext of this key has exactly ${key.elementBytes2} bytes.`,
      'CIPHERTEXT_INVALID',
    );
  }
  const value = bytesToBigint(bytes);
  if (value < 1n || value >= key.n2) {
    throw new EncodingError('A ciphertext lies in [1, n squared).', 'CIPHERTEXT_INVALID');
  }
  return value;
}

/**
 * The integers as ciphertexts, once all lie in [1, n²) and are coprime to n; this takes one gcd, of
 * their product (docs/protocol.md §3).
 * @throws {@link EncodingError} when one is not
 */
export function requireValidCiphertexts(key: PublicKey, values: Iterable<bigint>): Ciphertext[] {
  const valid: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    if (value < 1n || value >= key.n2) {
      throw new EncodingError('A ciphertext lies in [1, n squared).', 'CIPHERTEXT_INVALID');
    }
    product = (product * (value % key.n)) % key.n;
    valid.push(value);
  }
  if (!isCoprime(product, key.n)) {
    throw new EncodingError('A ciphertext is coprime to n.', 'CIPHERTEXT_INVALID');
  }
  return valid as Ciphertext[];
}

/**
 * One ciphertext out of its bytes, fully checked. For many, {@link decodeCiphertexts} is faster.
 * @param bytes el2(c): 2·modulusBits/8 bytes, big-endian
 * @throws {@link EncodingError} on another length, or unless it lies in [1, n²) and is coprime to n
 */
export function decodeCiphertext(key: PublicKey, bytes: Uint8Array): Ciphertext {
  const [ciphertext] = decodeCiphertexts(key, [bytes]);
  if (ciphertext === undefined) throw new EncodingError('No ciphertext.', 'CIPHERTEXT_INVALID');
  return ciphertext;
}

/**
 * Ciphertexts out of their bytes, all fully checked by one gcd.
 * @param blocks each el2(c)
 * @throws {@link EncodingError} as {@link decodeCiphertext} does, without telling which one it was
 */
export function decodeCiphertexts(key: PublicKey, blocks: Iterable<Uint8Array>): Ciphertext[] {
  return requireValidCiphertexts(
    key,
    Array.from(blocks, (bytes) => readRange(key, bytes)),
  );
}

/** el2(c): 2·modulusBits/8 bytes, big-endian (docs/protocol.md §1). */
export function encodeCiphertext(key: PublicKey, ciphertext: Ciphertext): Uint8Array {
  return bigintToBytes(ciphertext, key.elementBytes2);
}

/** A ciphertext of the sum of two plaintexts, mod n: the product mod n² (docs/protocol.md §3). */
export function addCiphertexts(key: PublicKey, left: Ciphertext, right: Ciphertext): Ciphertext {
  return key.paillier.addition(left, right) as Ciphertext;
}

/**
 * A ciphertext of the plaintext times a public integer, mod n; of the inverse for a negative one
 * (docs/protocol.md §3).
 * @param factor public, any integer
 */
export function multiplyCiphertext(
  key: PublicKey,
  ciphertext: Ciphertext,
  factor: bigint,
): Ciphertext {
  return modularPower(key.n2).power(ciphertext, factor) as Ciphertext;
}

/**
 * A ciphertext of the plaintext times 2^bits, mod n (docs/protocol.md §3).
 * @param bits a non-negative integer, public
 * @throws {@link ParameterError} on anything else
 */
export function shiftCiphertext(key: PublicKey, ciphertext: Ciphertext, bits: number): Ciphertext {
  if (!Number.isSafeInteger(bits) || bits < 0) {
    throw new ParameterError('A shift is by a non-negative number of bits.');
  }
  return multiplyCiphertext(key, ciphertext, 1n << BigInt(bits));
}
