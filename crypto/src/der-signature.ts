import { EncodingError } from './errors.js';
import { bigintToBytes, bytesToBigint } from './integer-encoding.js';

/** The two numbers of an ECDSA signature; public. */
export interface EcdsaSignature {
  readonly r: bigint;
  readonly s: bigint;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** A P-256 signature never needs the long form of a DER length (ITU-T X.690, §8.1.3.4). */
const LENGTH_MAX = 0x7f;

/** The DER encoding (ITU-T X.690, §10) of an ECDSA signature (RFC 3279, §2.2.3). */
export function encodeDerSignature({ r, s }: EcdsaSignature): Uint8Array {
  const content = [...encodeInteger(r), ...encodeInteger(s)];
  return Uint8Array.of(SEQUENCE, content.length, ...content);
}

/**
 * The numbers of a DER signature. Accepts exactly the bytes that {@link encodeDerSignature} gives, so
 * a signature has one encoding only.
 *
 * @throws {@link EncodingError} on any other bytes
 */
export function decodeDerSignature(bytes: Uint8Array): EcdsaSignature {
  if (bytes.length > 2 + LENGTH_MAX) throw new EncodingError('A signature is too long.');
  const end = 4 + (bytes[3] ?? 0);
  const signature = {
    r: bytesToBigint(bytes.subarray(4, end)),
    s: bytesToBigint(bytes.subarray(end + 2)),
  };
  // Tags, lengths, signs and padding are right exactly if encoding gives the same bytes.
  const expected = encodeDerSignature(signature);
  if (expected.length !== bytes.length || expected.some((byte, index) => byte !== bytes[index])) {
    throw new EncodingError('A signature is not in strict minimal DER.');
  }
  return signature;
}

function encodeInteger(value: bigint): number[] {
  const hexDigits = value.toString(16).length;
  const bytes = bigintToBytes(value, Math.ceil(hexDigits / 2));
  // A leading bit of 1 would make the number negative.
  const padded = (bytes[0] ?? 0) >= 0x80 ? [0, ...bytes] : [...bytes];
  return [INTEGER, padded.length, ...padded];
}
