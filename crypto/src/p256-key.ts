import { EncodingError } from './errors.js';
import { bytesToHex, hexToBytes } from './integer-encoding.js';

/** A key as DER bytes, or as PEM text with one block. */
export type EncodedKey = Uint8Array | string;

/** SubjectPublicKeyInfo of an uncompressed P-256 point up to the point (RFC 5480, §2). */
const SPKI_PREFIX = hexToBytes('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;

/** PKCS#8 of a P-256 key (RFC 5208; RFC 5915) up to the scalar; lengths depend on what follows it. */
const PKCS8_SCALAR =
  /^30(?:81)?[0-9a-f]{2}020100301306072a8648ce3d020106082a8648ce3d03010704[0-9a-f]{2}30[0-9a-f]{2}0201010420([0-9a-f]{64})/u;

const PEM = /^-----BEGIN ([A-Z ]+)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/u;

/**
 * The SubjectPublicKeyInfo of a P-256 public key as DER bytes.
 *
 * @param key DER, or PEM `PUBLIC KEY`
 * @throws {@link EncodingError} when it is not a P-256 key with an uncompressed point
 */
export function decodePublicKeySpki(key: EncodedKey): Uint8Array {
  const der = derOf(key, 'PUBLIC KEY');
  const isP256 =
    der.length === SPKI_PREFIX.length + POINT_BYTES &&
    SPKI_PREFIX.every((byte, index) => der[index] === byte) &&
    der[SPKI_PREFIX.length] === UNCOMPRESSED;
  if (!isP256) throw new EncodingError('The key is not an uncompressed P-256 public key.');
  return der;
}

/** The 65 bytes of the uncompressed point in a SubjectPublicKeyInfo. */
export function pointOfSpki(spki: Uint8Array): Uint8Array {
  return spki.slice(SPKI_PREFIX.length);
}

/**
 * The PKCS#8 structure of a P-256 private key as DER bytes; secret.
 *
 * @param key DER, or PEM `PRIVATE KEY`
 * @throws {@link EncodingError} when it is not an unencrypted P-256 key
 */
export function decodePrivateKeyPkcs8(key: EncodedKey): Uint8Array {
  const der = derOf(key, 'PRIVATE KEY');
  scalarOfPkcs8(der);
  return der;
}

/**
 * The 32-byte big-endian scalar in a PKCS#8 structure; secret.
 *
 * @throws {@link EncodingError} when it is not an unencrypted P-256 key
 */
export function scalarOfPkcs8(pkcs8: Uint8Array): Uint8Array {
  const scalar = PKCS8_SCALAR.exec(bytesToHex(pkcs8))?.[1];
  if (scalar === undefined) throw new EncodingError('The key is not a P-256 private key.');
  return hexToBytes(scalar);
}

function derOf(key: EncodedKey, label: string): Uint8Array {
  if (typeof key !== 'string') return key;
  const [, found, base64 = ''] = PEM.exec(key) ?? [];
  if (found !== label) throw new EncodingError(`Expected a PEM block ${label}.`);
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new EncodingError('A PEM block is not valid base64.');
  }
}
