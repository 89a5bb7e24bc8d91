import nacl from 'tweetnacl';

import { EncodingError, ParameterError } from './errors.js';
import { randomBytes } from './random.js';

/** An X25519 key pair, 32 raw bytes each; the secret key is secret. */
export interface SealingKeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

const KEY_BYTES = nacl.box.publicKeyLength;
const NONCE_BYTES = nacl.box.nonceLength;
const HEADER_BYTES = KEY_BYTES + NONCE_BYTES;
const OVERHEAD_BYTES = HEADER_BYTES + nacl.box.overheadLength;

/** Any scalar will do: a public key of small order gives zero with each, since X25519 clamps them. */
const PROBE_SCALAR = new Uint8Array(KEY_BYTES).fill(1);

/** A fresh X25519 key pair from the secure random source. */
export function generateSealingKeyPair(): SealingKeyPair {
  return sealingKeyPairOf(randomBytes(KEY_BYTES));
}

/**
 * The key pair of a secret key.
 *
 * @param secretKey 32 bytes, secret
 * @throws {@link ParameterError} when it has another length
 */
export function sealingKeyPairOf(secretKey: Uint8Array): SealingKeyPair {
  requireKeyLength(secretKey);
  return { publicKey: nacl.scalarMult.base(secretKey), secretKey };
}

/**
 * Refuses a recipient key with which every raw shared secret is zero, so that anybody could open what
 * is sealed to it (`docs/protocol.md §8`).
 *
 * @param publicKey 32 bytes
 * @throws {@link ParameterError} when the key has another length or is of small order
 */
export function requireUsableRecipientKey(publicKey: Uint8Array): void {
  requireKeyLength(publicKey);
  if (isZero(nacl.scalarMult(PROBE_SCALAR, publicKey))) {
    throw new ParameterError('The recipient key gives everybody the same shared secret.');
  }
}

/**
 * Seals a message to a recipient: `ephemeralPublicKey(32) ‖ nonce(24) ‖ box` (`docs/protocol.md §8`).
 * Sealing hides the message but does not say who sealed it.
 *
 * @param message secret, of any length
 * @param recipientPublicKey 32 bytes, X25519
 * @param ephemeral a key pair for this message alone; given in tests only
 * @throws {@link ParameterError} when the recipient key has a wrong length or is of small order
 */
export function seal(
  message: Uint8Array,
  recipientPublicKey: Uint8Array,
  ephemeral: SealingKeyPair = generateSealingKeyPair(),
): Uint8Array {
  requireUsableRecipientKey(recipientPublicKey);
  const nonce = deriveNonce(ephemeral.publicKey, recipientPublicKey);
  const box = nacl.box(message, nonce, recipientPublicKey, ephemeral.secretKey);
  const sealed = new Uint8Array(HEADER_BYTES + box.length);
  sealed.set(ephemeral.publicKey, 0);
  sealed.set(nonce, KEY_BYTES);
  sealed.set(box, HEADER_BYTES);
  return sealed;
}

/**
 * The message of sealed bytes (`docs/protocol.md §8`); secret.
 *
 * @param recipientSecretKey 32 bytes, secret
 * @throws {@link EncodingError} when the bytes are cut or changed, are sealed to another key, or have
 * a nonce that does not follow from the two public keys
 * @throws {@link ParameterError} when the secret key has a wrong length
 */
export function open(sealed: Uint8Array, recipientSecretKey: Uint8Array): Uint8Array {
  if (sealed.length < OVERHEAD_BYTES) throw new EncodingError('The sealed bytes are too short.');
  const { publicKey, secretKey } = sealingKeyPairOf(recipientSecretKey);
  const ephemeralPublicKey = sealed.slice(0, KEY_BYTES);
  const nonce = sealed.slice(KEY_BYTES, HEADER_BYTES);
  if (!nacl.verify(nonce, deriveNonce(ephemeralPublicKey, publicKey))) {
    throw new EncodingError('The nonce of the sealed bytes does not follow from their keys.');
  }
  const message = nacl.box.open(
    sealed.subarray(HEADER_BYTES),
    nonce,
    ephemeralPublicKey,
    secretKey,
  );
  if (message === null) throw new EncodingError('The sealed bytes do not open with this key.');
  return message;
}

/** The first 24 bytes of SHA-512(ephemeralPublicKey ‖ recipientPublicKey). */
function deriveNonce(ephemeralPublicKey: Uint8Array, recipientPublicKey: Uint8Array): Uint8Array {
  const keys = new Uint8Array(2 * KEY_BYTES);
  keys.set(ephemeralPublicKey, 0);
  keys.set(recipientPublicKey, KEY_BYTES);
  return nacl.hash(keys).slice(0, NONCE_BYTES);
}

function requireKeyLength(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new ParameterError(`A sealing key has ${KEY_BYTES} bytes.`);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
