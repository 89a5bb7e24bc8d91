import { VeilsumError } from '@veilsum/protocol';

/** Fabric's layout: U+0000, then each part followed by U+0000; simple keys never begin with it. */
const SEPARATOR = '\u0000';
const RANGE_END = '\u{10FFFF}';

/** In a `u` pattern a surrogate pair is one code point, so this finds lone surrogates only. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Keys from `startKey` up to, but without, `endKey`, in the order of their UTF-8 bytes. */
export interface KeyRange {
  readonly startKey: string;
  readonly endKey: string;
}

/**
 * Fabric's composite key of a type and its parts.
 * @throws {@link VeilsumError} INVALID_ARGUMENT when a part is empty or has a character kept for layout
 */
export function createCompositeKey(objectType: string, parts: readonly string[]): string {
  const all = [objectType, ...parts];
  all.forEach(requirePart);
  return SEPARATOR + all.map((part) => part + SEPARATOR).join('');
}

/** The type and parts of a composite key. */
export function splitCompositeKey(key: string): { objectType: string; attributes: string[] } {
  const [objectType = '', ...attributes] = key.slice(1, -1).split(SEPARATOR);
  return { objectType, attributes };
}

/** All composite keys that begin with a type and these parts. */
export function compositeRange(objectType: string, parts: readonly string[]): KeyRange {
  const startKey = createCompositeKey(objectType, parts);
  return { startKey, endKey: startKey + RANGE_END };
}

/**
 * Fabric stores keys as UTF-8 and refuses what has none: two lone surrogates would become one key.
 * @throws {@link VeilsumError} INVALID_ARGUMENT
 */
export function requireKey(key: string): void {
  if (key === '' || LONE_SURROGATE.test(key)) {
    throw new VeilsumError('INVALID_ARGUMENT', 'A state key is empty or is not well-formed text.');
  }
}

/** Orders keys as LevelDB does, by UTF-8 bytes; JavaScript's own order differs above U+FFFF. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function requirePart(part: string): void {
  requireKey(part);
  if (part.includes(SEPARATOR) || part.includes(RANGE_END)) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      'A part of a composite key has a reserved character.',
    );
  }
}
