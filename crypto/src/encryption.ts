import type { Ciphertext } from './ciphertext.js';
import { ParameterError, ProofError } from './errors.js';
import { createFixedBasePower } from './fixed-base-table.js';
import { modularPower } from './modular-power.js';
import type { PublicKey } from './public-key.js';
import { randomBits } from './random.js';

/** What ciphertexts are made for; it fixes how long their exponents are. */
export type EncryptionFormat = 'veilsum-contribution/1' | 'veilsum-blinding/1';

/** How much longer a blinding's exponents are, to hide the contributors' (docs/protocol.md §6.4). */
const BLINDING_EXTRA_BITS = 128;

/** A, the length in bits of the exponents of this format (docs/protocol.md §3). */
export function exponentBitsFor(key: PublicKey, format: EncryptionFormat): number {
  return format === 'veilsum-blinding/1'
    ? key.exponentBits + BLINDING_EXTRA_BITS
    : key.exponentBits;
}

/** Encrypts under one key with a table of its base. */
export interface Encryptor {
  /** A: an exponent lies in [0, 2^exponentBits). */
  readonly exponentBits: number;
  /** Multiplications mod n² that one encryption takes, 1 + those of the table; the table may be none. */
  readonly multiplications: number;
  /** A fresh secret exponent, uniform in [0, 2^exponentBits). */
  generateAlpha(): bigint;
  /**
   * Enc(M; α) = (1 + Mn)·hₛ^α mod n² (docs/protocol.md §3).
   * @param message secret, signed, |M| < n/2
   * @param alpha secret, in [0, 2^exponentBits), never used twice
   * @throws {@link ParameterError} outside these
   */
  encrypt(message: bigint, alpha: bigint): Ciphertext;
}

function requireMessage(key: PublicKey, message: bigint): void {
  if (2n * message >= key.n || 2n * message <= -key.n) {
    throw new ParameterError('A plaintext must be smaller than n / 2 in size.', 'PLAINTEXT_RANGE');
  }
}

/** (M mod n)·n + 1, which is (1 + n)^M mod n². */
export function encodeMessage(key: PublicKey, message: bigint): bigint {
  const residue = message % key.n;
  return (residue < 0n ? residue + key.n : residue) * key.n + 1n;
}

/**
 * An encryptor whose table is sized to the work: below some 50 ciphertexts there is none, and
 * every encryption takes a native power; more pay for wider tables.
 * @param work expectedCount: about how many ciphertexts will be made, never changes one;
 *   format: decides how long exponents are, by default a contribution's
 */
export function createEncryptor(
  key: PublicKey,
  work: { expectedCount: number; format?: EncryptionFormat },
): Encryptor {
  const exponentBits = exponentBitsFor(key, work.format ?? 'veilsum-contribution/1');
  const randomness = createFixedBasePower(
    { base: key.hs, modulus: key.n2 },
    exponentBits,
    work.expectedCount,
  );
  return {
    exponentBits,
    multiplications: 1 + randomness.multiplications,
    generateAlpha: () => randomBits(exponentBits),
    encrypt(message, alpha) {
      requireMessage(key, message);
      return ((encodeMessage(key, message) * randomness.power(alpha)) % key.n2) as Ciphertext;
    },
  };
}

/** The representative of a residue mod n in (-n/2, n/2); n is odd. */
export function centreMessage(key: PublicKey, residue: bigint): bigint {
  return 2n * residue > key.n ? residue - key.n : residue;
}

/**
 * The plaintext of a ciphertext whose exponent is known, as for an opening (docs/protocol.md §3,
 * §9): M = L(c·hₛ^{-α} mod n²), centred.
 * @param alpha secret, the exponent it was encrypted with
 * @returns M, secret, |M| < n/2
 * @throws {@link ProofError} when the ciphertext was not made with this exponent
 */
export function openCiphertext(key: PublicKey, ciphertext: Ciphertext, alpha: bigint): bigint {
  const remainder = (ciphertext * modularPower(key.n2).power(key.hs, -alpha)) % key.n2;
  if (remainder % key.n !== 1n) {
    throw new ProofError('The ciphertext was not made with this exponent.', 'OPENING_INVALID');
  }
  return centreMessage(key, (remainder - 1n) / key.n);
}
