import { EncodingError } from './errors.js';
import { sha256Hex } from './hash.js';

/** A value that canonical JSON can express; numbers are safe integers (`docs/protocol.md §10`). */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Far deeper than any format of the protocol; without a limit a hostile text decides when the stack ends. */
const DEPTH_MAX = 256;

/** In a `u` pattern a surrogate pair is one code point, so this finds lone surrogates only. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The canonical JSON text of a value (`docs/protocol.md §10`): keys sorted by UTF-16 code unit, no
 * insignificant space, strings escaped as `JSON.stringify` does.
 *
 * Takes `unknown`, so that interfaces need no cast; everything is checked at run time. `undefined`,
 * functions, class instances and typed arrays are refused, also as a property.
 *
 * @throws {@link EncodingError} when canonical JSON cannot express the value
 */
export function encodeCanonicalJson(value: unknown): string {
  return encodeValue(value, 0);
}

/**
 * The canonical JSON of a value as UTF-8 bytes without a byte order mark (`docs/protocol.md §10`).
 *
 * @throws {@link EncodingError} when canonical JSON cannot express the value
 */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8Encoder.encode(encodeCanonicalJson(value));
}

/**
 * SHA-256 of the canonical JSON of a value, as 64 lower-case hex digits (`docs/protocol.md §10`).
 *
 * @throws {@link EncodingError} when canonical JSON cannot express the value
 */
export function hashCanonicalJson(value: unknown): string {
  return sha256Hex(canonicalBytes(value));
}

/**
 * The value of a canonical JSON text, given as a string or as UTF-8 bytes.
 *
 * Refuses every text that is not the canonical one of its value. This catches duplicate keys, `1.0`,
 * `-0`, spare escapes, space and unsorted keys (`docs/protocol.md §10`).
 *
 * @throws {@link EncodingError} when the text is not canonical JSON
 */
export function decodeCanonicalJson(text: Uint8Array | string): JsonValue {
  const source = typeof text === 'string' ? text : decodeUtf8(text);
  const value = parseJson(source);
  if (encodeCanonicalJson(value) !== source) {
    throw new EncodingError('The text is JSON, but not in its canonical form.');
  }
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    throw new EncodingError('The text is not valid UTF-8.');
  }
}

function parseJson(source: string): JsonValue {
  try {
    return JSON.parse(source) as JsonValue;
  } catch {
    // The parser's own message would repeat the text, which may be secret.
    throw new EncodingError('The text is not valid JSON.');
  }
}

function encodeValue(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) throw new EncodingError('The value is nested too deeply.');
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return encodeNumber(value);
    case 'string':
      return encodeString(value);
    case 'object':
      return Array.isArray(value) ? encodeArray(value, depth) : encodeObject(value, depth);
    default:
      throw new EncodingError(`Canonical JSON has no form for a value of type ${typeof value}.`);
  }
}

function encodeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new EncodingError('A number is not an integer of absolute value up to 2^53 - 1.');
  }
  return value === 0 ? '0' : String(value);
}

function encodeString(value: string): string {
  if (LONE_SURROGATE.test(value)) throw new EncodingError('A string has a lone surrogate.');
  return JSON.stringify(value);
}

function encodeArray(values: readonly unknown[], depth: number): string {
  // Array.from also visits holes, which are undefined and so refused.
  return `[${Array.from(values, (value) => encodeValue(value, depth + 1)).join(',')}]`;
}

function encodeObject(value: object, depth: number): string {
  requirePlainObject(value);
  const entries = value as Record<string, unknown>;
  const members = Object.keys(entries)
    .sort()
    .map((key) => {
      if (key === '__proto__') throw new EncodingError('A key is named __proto__.');
      return `${encodeString(key)}:${encodeValue(entries[key], depth + 1)}`;
    });
  return `{${members.join(',')}}`;
}

/** A date, map or typed array would otherwise be written as an object without its content. */
function requirePlainObject(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Compared one level up, because Object.prototype differs between the realms of one process.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new EncodingError('Canonical JSON has no form for an instance of a class.');
  }
}
