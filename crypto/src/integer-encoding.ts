import {
  bytesToHex as nobleBytesToHex,
  hexToBytes as nobleHexToBytes,
} from '@noble/hashes/utils.js';

import { EncodingError } from './errors.js';

const STRICT_HEX = /^(?:0|[1-9a-f][0-9a-f]*)$/u;
const HASH_HEX = /^[0-9a-f]{64}$/u;
const DIGITS_HEX = /^[0-9a-f]*$/u;

/** Buffer, where there is one, turns bytes to hex and back about four times faster than JavaScript. */
const nativeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** Lower-case hex of the bytes, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  if (nativeBuffer === undefined) return nobleBytesToHex(bytes);
  return nativeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * The bytes of lower-case hex, two digits a byte.
 * @throws {@link EncodingError} on anything else, upper case included
 */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length % 2 === 1 || !DIGITS_HEX.test(hex))
    throw new EncodingError('Expected lower-case hex, two digits a byte.');
  return nobleHexToBytes(hex);
}

/**
 * The 32 raw bytes of a SHA-256 hash written as hex, as hashes and keyId enter other hashes
 * (docs/protocol.md §1).
 * @throws {@link EncodingError} unless it is exactly 64 lower-case hex digits
 */
export function hashToBytes(hash: string): Uint8Array {
  if (!HASH_HEX.test(hash)) throw new EncodingError('Expected a hash of 64 lower-case hex digits.');
  return nobleHexToBytes(hash);
}

/**
 * Unpadded lower-case hex of a non-negative integer, zero is `0` (docs/protocol.md §10).
 * @throws {@link EncodingError} on a negative integer
 */
export function bigintToHex(value: bigint): string {
  if (value < 0n) throw new EncodingError('A negative integer has no hex encoding.');
  return value.toString(16);
}

/**
 * The non-negative integer of unpadded lower-case hex (docs/protocol.md §10).
 * @throws {@link EncodingError} on padding, upper case, a sign, a prefix or anything that is no text
 */
export function hexToBigint(hex: unknown): bigint {
  if (typeof hex !== 'string' || !STRICT_HEX.test(hex)) {
    throw new EncodingError('Expected an integer in unpadded lower-case hex.');
  }
  return BigInt(`0x${hex}`);
}

/**
 * Big-endian bytes of a non-negative integer, padded on the left.
 * @param length in bytes; el1(x) and el2(x) of docs/protocol.md §1 are this with the key's lengths
 * @throws {@link EncodingError} when the integer is negative or needs more bytes
 */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  const hex = bigintToHex(value).padStart(2 * length, '0');
  if (hex.length > 2 * length) throw new EncodingError('The integer needs more bytes than that.');
  if (nativeBuffer === undefined) return nobleHexToBytes(hex);
  // Not Buffer.from(hex): small ones share one pool, and callers may transfer what they get.
  const bytes = new Uint8Array(length);
  nativeBuffer.from(bytes.buffer).write(hex, 'hex');
  return bytes;
}

/** The integer that the bytes are in big-endian order; no bytes are zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}

/**
 * u32(x) of docs/protocol.md §1: 4 bytes big-endian.
 * @throws {@link EncodingError} unless it is an integer in [0, 2^32)
 */
export function encodeUint32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new EncodingError('Expected an unsigned integer of 32 bits.');
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** The bytes of a text in UTF-8; for the ASCII tags of docs/protocol.md without terminator. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Number of binary digits of |value|; zero has 0. */
export function bitLength(value: bigint): number {
  const hex = (value < 0n ? -value : value).toString(16);
  if (hex === '0') return 0;
  return 4 * hex.length - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}
