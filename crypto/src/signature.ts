import { ecdsa } from '#platform/ecdsa';
import { p256 } from '@noble/curves/nist.js';

import { canonicalBytes } from './canonical-json.js';
import type { EcdsaSignature } from './der-signature.js';
import { decodeDerSignature, encodeDerSignature } from './der-signature.js';
import { EncodingError } from './errors.js';
import { bigintToBytes, bytesToBigint } from './integer-encoding.js';
import type { EncodedKey } from './p256-key.js';
import { decodePrivateKeyPkcs8, decodePublicKeySpki } from './p256-key.js';

export type { EncodedKey } from './p256-key.js';

/** Signs bytes with one private key, which it holds and does not show. */
export type SignBytes = (message: Uint8Array) => Uint8Array;

const ORDER = p256.Point.Fn.ORDER;
const COORDINATE_BYTES = 32;

/**
 * A function that signs bytes with one key: ECDSA P-256 with SHA-256, low-S, strict minimal DER
 * (`docs/protocol.md §8`). Make it once per key: reading a key costs more than ten signatures.
 *
 * @param privateKey PKCS#8, DER or PEM, unencrypted; secret
 * @throws {@link EncodingError} when it is not a P-256 private key
 */
export function createSigner(privateKey: EncodedKey): SignBytes {
  const pkcs8 = decodePrivateKeyPkcs8(privateKey);
  const sign = signerOf(pkcs8);
  return (message) => {
    const signature = sign(message);
    const r = bytesToBigint(signature.subarray(0, COORDINATE_BYTES));
    const s = bytesToBigint(signature.subarray(COORDINATE_BYTES));
    return encodeDerSignature(lowS({ r, s }));
  };
}

/**
 * The signature over the canonical JSON of an object (`docs/protocol.md §8`).
 *
 * @param object has a `format`, so that a signature over one kind of object is none over another
 * @param sign from {@link createSigner}, or hardware that answers with the same encoding
 * @returns low-S, strict minimal DER
 * @throws {@link EncodingError} when the object has no format or no canonical JSON
 */
export function signObject(object: { readonly format: string }, sign: SignBytes): Uint8Array {
  return sign(signedBytes(object));
}

/**
 * Whether a signature over the canonical JSON of an object holds (`docs/protocol.md §8`).
 *
 * @param object anything; one without a `format` or canonical JSON has no valid signature
 * @param signature must be low-S and strict minimal DER
 * @param publicKey SubjectPublicKeyInfo of a P-256 key, DER or PEM
 */
export function verifyObject(
  object: unknown,
  signature: Uint8Array,
  publicKey: EncodedKey,
): boolean {
  try {
    return verifyBytes(signedBytes(object), signature, publicKey);
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}

/**
 * Whether an ECDSA P-256 signature with SHA-256 over bytes holds (`docs/protocol.md §8`).
 *
 * @param signature must be low-S and strict minimal DER: another form of a valid one is refused
 * @param publicKey SubjectPublicKeyInfo of a P-256 key, DER or PEM
 */
export function verifyBytes(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: EncodedKey,
): boolean {
  try {
    const numbers = decodeDerSignature(signature);
    if (!isInRange(numbers) || isHighS(numbers.s)) return false;
    return ecdsa.verify(message, encodeRaw(numbers), decodePublicKeySpki(publicKey));
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}

/**
 * The one accepted form of a signature made elsewhere: s and n - s both verify, so the lower is taken.
 *
 * @param signature strict minimal DER
 * @throws {@link EncodingError} when it is not, or its numbers are out of range
 */
export function normalizeLowS(signature: Uint8Array): Uint8Array {
  const numbers = decodeDerSignature(signature);
  if (!isInRange(numbers)) throw new EncodingError('A number of a signature is out of range.');
  return encodeDerSignature(lowS(numbers));
}

function signerOf(pkcs8: Uint8Array): SignBytes {
  try {
    return ecdsa.createSigner(pkcs8);
  } catch {
    // The platform's own error may describe the key.
    throw new EncodingError('The key is not a P-256 private key.');
  }
}

function signedBytes(object: unknown): Uint8Array {
  const { format } = (object ?? {}) as { readonly format?: unknown };
  if (typeof format !== 'string' || format === '') {
    throw new EncodingError('A signed object has a format.');
  }
  return canonicalBytes(object);
}

function isInRange({ r, s }: EcdsaSignature): boolean {
  return r >= 1n && r < ORDER && s >= 1n && s < ORDER;
}

function isHighS(s: bigint): boolean {
  return 2n * s > ORDER;
}

function lowS({ r, s }: EcdsaSignature): EcdsaSignature {
  return { r, s: isHighS(s) ? ORDER - s : s };
}

function encodeRaw({ r, s }: EcdsaSignature): Uint8Array {
  const raw = new Uint8Array(2 * COORDINATE_BYTES);
  raw.set(bigintToBytes(r, COORDINATE_BYTES), 0);
  raw.set(bigintToBytes(s, COORDINATE_BYTES), COORDINATE_BYTES);
  return raw;
}
