import { scrypt } from '#platform/scrypt';
import nacl from 'tweetnacl';

import { canonicalBytes, decodeCanonicalJson } from './canonical-json.js';
import { EncodingError } from './errors.js';
import { bytesToHex, encodeText, hexToBytes } from './integer-encoding.js';
import { randomBytes } from './random.js';

/** What {@link encodeKeyStore} writes as canonical JSON; byte strings are lower-case hex. */
interface KeyStoreEnvelope {
  readonly box: string;
  readonly format: typeof KEY_STORE_FORMAT;
  readonly kdf: typeof KDF;
  readonly nonce: string;
  readonly salt: string;
}

const KEY_STORE_FORMAT = 'veilsum-key-store/1';

/** Fixed by the format: a store that asks for less would be weak, one that asks for more a trap. */
const KDF = { algorithm: 'scrypt', n: 2 ** 17, p: 1, r: 8 } as const;

const SALT_BYTES = 16;

/** The end of the queue of derivations. */
let lastDerivation: Promise<unknown> = Promise.resolve();

/**
 * A small secret, encrypted for storage under a passphrase: scrypt N = 2¹⁷, r = 8, p = 1 with a
 * 16-byte salt, then secretbox (`docs/protocol.md §2`). Takes some 0.4 s and 128 MiB; several calls
 * wait for each other.
 *
 * @param secret any bytes, secret
 * @param passphrase secret; taken in Unicode form NFKC, so that it does not depend on the keyboard
 * @returns canonical JSON in UTF-8, different each time
 * @throws {@link EncodingError} when the passphrase is empty
 */
export async function encodeKeyStore(secret: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  const box = nacl.secretbox(secret, nonce, await deriveKey(passphrase, salt));
  return canonicalBytes({
    box: bytesToHex(box),
    format: KEY_STORE_FORMAT,
    kdf: KDF,
    nonce: bytesToHex(nonce),
    salt: bytesToHex(salt),
  } satisfies KeyStoreEnvelope);
}

/**
 * The secret of a key store (`docs/protocol.md §2`).
 *
 * @param store what {@link encodeKeyStore} gave
 * @throws {@link EncodingError} with code `KEY_STORE_LOCKED` when the passphrase is not the right one
 * or the content was changed, with code `ENCODING_INVALID` when it is no key store of this version
 */
export async function decodeKeyStore(store: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const { salt, nonce, box } = decodeEnvelope(store);
  const secret = nacl.secretbox.open(box, nonce, await deriveKey(passphrase, salt));
  if (secret === null) {
    throw new EncodingError(
      'The key store does not open with this passphrase.',
      'KEY_STORE_LOCKED',
    );
  }
  return secret;
}

function decodeEnvelope(store: Uint8Array): Record<'salt' | 'nonce' | 'box', Uint8Array> {
  const { box, format, kdf, nonce, salt, ...rest } = (decodeCanonicalJson(store) ??
    {}) as Partial<KeyStoreEnvelope>;
  const isKnown = format === KEY_STORE_FORMAT && isKdf(kdf) && Object.keys(rest).length === 0;
  if (!isKnown) throw new EncodingError('This is no key store of a known version.');
  return {
    box: decodeField(box),
    nonce: decodeField(nonce, nacl.secretbox.nonceLength),
    salt: decodeField(salt, SALT_BYTES),
  };
}

function isKdf(kdf: unknown): boolean {
  return kdf !== undefined && sameJson(kdf, KDF);
}

function sameJson(left: unknown, right: unknown): boolean {
  return bytesToHex(canonicalBytes(left)) === bytesToHex(canonicalBytes(right));
}

function decodeField(field: unknown, length?: number): Uint8Array {
  if (typeof field !== 'string') throw new EncodingError('A field of the key store is missing.');
  const bytes = hexToBytes(field);
  if (length !== undefined && bytes.length !== length) {
    throw new EncodingError('A field of the key store has a wrong length.');
  }
  return bytes;
}

/** One after another: each takes 128 MiB. */
function deriveKey(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  if (passphrase === '') throw new EncodingError('The passphrase is empty.');
  const derive = (): Promise<Uint8Array> =>
    scrypt(encodeText(passphrase.normalize('NFKC')), salt, {
      cost: KDF,
      length: nacl.secretbox.keyLength,
    });
  const derivation = lastDerivation.then(derive, derive);
  lastDerivation = derivation;
  return derivation;
}
