import { hashCanonicalJson } from './canonical-json.js';
import { CryptoError, ParameterError } from './errors.js';
import { bitLength, hexToBigint } from './integer-encoding.js';

/** How many n-th roots a record shows (docs/protocol.md §2). */
export const ROOT_COUNT = 8;

/** Below this only test keys (docs/protocol.md §1). */
const SECURE_MODULUS_BITS_MIN = 2048;

/**
 * No key of use is longer, and a check of one takes minutes: a bound, so that a stranger's record
 * cannot occupy a reader for long.
 */
const MODULUS_BITS_MAX = 8192;

const KEYHOLDERS_MAX = 16;

const FIELDS: ReadonlySet<string> = new Set([
  'exponentBits',
  'hs',
  'keyId',
  'l',
  'modulusBits',
  'n',
  'roots',
  'shareBits',
  't',
  'v',
  'vi',
]);

/** A public key as it lies on the ledger (docs/protocol.md §2); integers in unpadded lower-case hex. */
export interface PublicKeyRecord {
  /** SHA-256, in hex, of the canonical JSON of all other fields. */
  readonly keyId: string;
  readonly modulusBits: number;
  readonly n: string;
  readonly hs: string;
  readonly t: number;
  readonly l: number;
  readonly v: string;
  readonly vi: readonly string[];
  readonly roots: readonly string[];
  readonly exponentBits: number;
  readonly shareBits: number;
  /** Only on test keys. */
  readonly insecureTestKey?: true;
}

function requireThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ParameterError(message, 'KEY_RECORD_INVALID');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHex(value: unknown): value is string {
  try {
    hexToBigint(value);
    return true;
  } catch {
    return false;
  }
}

function isHexList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isHex);
}

function requireFields(value: unknown): PublicKeyRecord {
  requireThat(isObject(value), 'A key record is an object.');
  const { insecureTestKey, ...fields } = value;
  const isTest = Object.hasOwn(value, 'insecureTestKey');
  requireThat(!isTest || insecureTestKey === true, 'insecureTestKey is true or absent.');
  const names = Object.keys(fields);
  requireThat(
    names.length === FIELDS.size && names.every((name) => FIELDS.has(name)),
    'A key record has exactly the fields of its format.',
  );
  for (const name of ['exponentBits', 'l', 'modulusBits', 'shareBits', 't']) {
    requireThat(Number.isSafeInteger(fields[name]), `${name} is an integer.`);
  }
  for (const name of ['hs', 'n', 'v']) {
    requireThat(isHex(fields[name]), `${name} is an integer in hex.`);
  }
  requireThat(isHexList(fields['vi']) && isHexList(fields['roots']), 'vi and roots list integers.');
  requireThat(typeof fields['keyId'] === 'string', 'keyId is a text.');
  return value as unknown as PublicKeyRecord;
}

/**
 * The sizes of docs/protocol.md §1 and §2.
 * @throws {@link ParameterError} when one is out of its range
 */
export function requireKeySizes(
  sizes: Pick<
    PublicKeyRecord,
    'modulusBits' | 'l' | 't' | 'exponentBits' | 'shareBits' | 'insecureTestKey'
  >,
): void {
  const { modulusBits, l, t, exponentBits, shareBits } = sizes;
  requireThat(
    modulusBits % 8 === 0 && modulusBits <= MODULUS_BITS_MAX,
    `modulusBits is a multiple of 8, at most ${MODULUS_BITS_MAX}.`,
  );
  requireThat(
    modulusBits >= SECURE_MODULUS_BITS_MIN || sizes.insecureTestKey === true,
    `A modulus below ${SECURE_MODULUS_BITS_MIN} bits is for keys marked insecureTestKey only.`,
  );
  requireThat(2 <= t && t <= l && l <= KEYHOLDERS_MAX, 'It must hold that 2 <= t <= l <= 16.');
  requireThat(
    exponentBits % 8 === 0 && 256 <= exponentBits && 2 * exponentBits <= modulusBits,
    'exponentBits is a multiple of 8 from 256 to modulusBits / 2.',
  );
  requireThat(shareBits === modulusBits - 2, 'shareBits is modulusBits - 2.');
}

function requireKeyId(record: PublicKeyRecord): void {
  const { keyId, ...body } = record;
  try {
    requireThat(hashCanonicalJson(body) === keyId, 'keyId is not the hash of the record.');
  } catch (cause) {
    if (cause instanceof ParameterError || !(cause instanceof CryptoError)) throw cause;
    throw new ParameterError('The record has no canonical JSON.', 'KEY_RECORD_INVALID');
  }
}

/**
 * A record whose fields, sizes, list lengths and keyId are right; its integers are not looked into.
 * @param value parsed JSON from anyone
 * @throws {@link ParameterError} otherwise
 */
export function requireKeyRecordShape(value: unknown): PublicKeyRecord {
  const record = requireFields(value);
  requireKeySizes(record);
  requireThat(record.vi.length === record.l, 'A record has one verification key a keyholder.');
  requireThat(record.roots.length === ROOT_COUNT, `A record has ${ROOT_COUNT} roots.`);
  requireThat(
    bitLength(hexToBigint(record.n)) === record.modulusBits,
    'n has exactly modulusBits bits.',
  );
  requireKeyId(record);
  return record;
}
