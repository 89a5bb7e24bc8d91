import { isCoprime } from './coprimality.js';
import { EncodingError, ParameterError } from './errors.js';
import { createSha256, first128 } from './hash.js';
import {
  bigintToBytes,
  bigintToHex,
  bitLength,
  encodeText,
  encodeUint32,
  hashToBytes,
  hexToBigint,
} from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import { MultiExponentiation } from './multi-exponentiation.js';
import type { PublicKey } from './public-key.js';
import { randomBits } from './random.js';

/** A batch proof of partial decryption (`docs/protocol.md §6.6`); unpadded lower-case hex. */
export interface PartialDecryptionProof {
  readonly a1: string;
  readonly a2: string;
  readonly z: string;
}

/** Which partial decryptions a proof is about; public. */
export interface PartialDecryptionStatement {
  readonly key: PublicKey;
  /** The keyholder's, 1..ℓ. */
  readonly index: number;
  /** 64 lower-case hex digits. */
  readonly planHash: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** c*ⱼ in block order. */
  readonly finals: readonly bigint[];
  /** xᵢⱼ in block order. */
  readonly x: readonly bigint[];
}

const TRANSCRIPT_TAG = encodeText('veilsum/v1/partial-decryption');
const BATCH_TAG = encodeText('veilsum/v1/partial-decryption/batch');
const CHALLENGE_TAG = encodeText('veilsum/v1/partial-decryption/challenge');

/** Challenge and hiding: r is longer than Δ·sᵢ by 256 bits (`docs/protocol.md §6.6`). */
const RANDOMNESS_EXTRA_BITS = 256;

/**
 * A proof that all xᵢⱼ were made with the share behind vᵢ (Shoup, "Practical threshold signatures",
 * 2000, §2.2, batched with random exponents; `docs/protocol.md §6.6`).
 *
 * @param secrets share: sᵢ; r: for test vectors only, fresh by default. Both secret
 * @throws {@link ParameterError} when there are no blocks, the lists differ in length, or the index is
 * not of this key
 */
export function provePartialDecryption(
  secrets: PartialDecryptionStatement & { readonly share: bigint; readonly r?: bigint },
): PartialDecryptionProof {
  const { key, share } = secrets;
  requireStatement(secrets);
  const tau = partialDecryptionTranscriptHash(secrets);
  const r = secrets.r ?? randomBits(answerBits(key) - 1);
  const powers = modularPower(key.n);
  const a1 = powers.power(key.v, r);
  const a2 = powers.power(partialDecryptionBase(secrets, tau), r);
  const e = partialDecryptionChallenge(key, tau, { a1, a2 });
  const z = r + e * key.delta * share;
  return { a1: bigintToHex(a1), a2: bigintToHex(a2), z: bigintToHex(z) };
}

/**
 * Whether a proof of partial decryption holds (`docs/protocol.md §6.6`). It binds the square of every
 * xᵢⱼ; a negated xᵢⱼ may pass and is harmless, because combining squares it.
 *
 * @param claim everything in it may come from anyone
 */
export function verifyPartialDecryption(
  claim: PartialDecryptionStatement & { readonly proof: unknown },
): boolean {
  try {
    requireStatement(claim);
    const proof = decodePartialDecryptionProof(claim.proof);
    return isInRange(claim, proof) && equationsHold(claim, proof);
  } catch (error) {
    if (error instanceof ParameterError || error instanceof EncodingError) return false;
    throw error;
  }
}

/**
 * τ = SHA-256(T), 32 bytes (`docs/protocol.md §6.6`). T holds the whole c*ⱼ, since c*ⱼ·(1 + kn) has the
 * same remainder mod n.
 *
 * @throws {@link EncodingError} when a number is negative or too large for its place
 */
export function partialDecryptionTranscriptHash(statement: PartialDecryptionStatement): Uint8Array {
  const { key, index, planHash, attempt, finals, x } = statement;
  const hash = createSha256();
  hash.update(TRANSCRIPT_TAG);
  hash.update(key.keyIdBytes);
  hash.update(hashToBytes(planHash));
  for (const count of [attempt, index, finals.length]) hash.update(encodeUint32(count));
  for (const [position, block] of finals.entries()) {
    hash.update(bigintToBytes(block, key.elementBytes2));
    hash.update(bigintToBytes(x[position] ?? 0n, key.elementBytes1));
  }
  return hash.digest();
}

/** eⱼ of `docs/protocol.md §6.6`, in [0, 2^128). */
export function partialDecryptionWeight(tau: Uint8Array, position: number): bigint {
  return first128(BATCH_TAG, tau, encodeUint32(position));
}

/** e of `docs/protocol.md §6.6`, in [0, 2^128). */
export function partialDecryptionChallenge(
  key: PublicKey,
  tau: Uint8Array,
  { a1, a2 }: { readonly a1: bigint; readonly a2: bigint },
): bigint {
  const [first, second] = [a1, a2].map((a) => bigintToBytes(a, key.elementBytes1));
  return first128(CHALLENGE_TAG, tau, first ?? new Uint8Array(), second ?? new Uint8Array());
}

/** X = (Π uⱼ^{eⱼ})⁴ mod n. */
export function partialDecryptionBase(
  { key, finals }: PartialDecryptionStatement,
  tau: Uint8Array,
): bigint {
  const product = weightedProduct(
    key.n,
    finals.map((block) => block % key.n),
    tau,
  );
  return modularPower(key.n).power(product, 4n);
}

/** Y = (Π xᵢⱼ^{eⱼ})² mod n. */
export function partialDecryptionPower(
  { key, x }: PartialDecryptionStatement,
  tau: Uint8Array,
): bigint {
  return modularPower(key.n).power(weightedProduct(key.n, x, tau), 2n);
}

/**
 * A proof out of JSON; whether it holds is another question.
 *
 * @throws {@link EncodingError} unless it is an object of exactly a1, a2 and z in unpadded hex
 */
function decodePartialDecryptionProof(proof: unknown): Record<'a1' | 'a2' | 'z', bigint> {
  if (typeof proof !== 'object' || proof === null || Object.keys(proof).length !== 3) {
    throw new EncodingError('A proof of partial decryption has exactly a1, a2 and z.');
  }
  const { a1, a2, z } = proof as Readonly<Record<string, unknown>>;
  return { a1: hexToBigint(a1), a2: hexToBigint(a2), z: hexToBigint(z) };
}

function requireStatement({ key, index, attempt, finals, x }: PartialDecryptionStatement): void {
  if (!Number.isInteger(index) || index < 1 || index > key.l) {
    throw new ParameterError(`A keyholder's index is from 1 to ${key.l}.`);
  }
  if (!Number.isInteger(attempt) || attempt < 1) {
    throw new ParameterError('Attempts count from 1.');
  }
  if (finals.length === 0 || finals.length !== x.length) {
    throw new ParameterError('A partial decryption is needed for each of at least one block.');
  }
}

/** The longest z: shareBits + ⌈log₂Δ⌉ + 257 bits. */
function answerBits(key: PublicKey): number {
  // ⌈log₂Δ⌉ is the bit length of Δ - 1.
  return key.shareBits + bitLength(key.delta - 1n) + RANDOMNESS_EXTRA_BITS + 1;
}

function isInRange(
  { key, finals, x }: PartialDecryptionStatement,
  { a1, a2, z }: Record<'a1' | 'a2' | 'z', bigint>,
): boolean {
  const elements = [...x, a1, a2];
  if (finals.some((block) => block < 1n || block >= key.n2)) return false;
  if (elements.some((element) => element < 1n || element >= key.n)) return false;
  if (bitLength(z) > answerBits(key)) return false;
  const product = [...finals, ...elements].reduce((all, element) => (all * element) % key.n, 1n);
  return isCoprime(product, key.n);
}

/** v^z = a1·vᵢ^e and X^z = a2·Y^e mod n. */
function equationsHold(
  statement: PartialDecryptionStatement,
  { a1, a2, z }: Record<'a1' | 'a2' | 'z', bigint>,
): boolean {
  const { key, index } = statement;
  const powers = modularPower(key.n);
  const tau = partialDecryptionTranscriptHash(statement);
  const e = partialDecryptionChallenge(key, tau, { a1, a2 });
  const verificationKey = key.vi[index - 1] ?? 0n;
  return (
    powers.power(key.v, z) === (a1 * powers.power(verificationKey, e)) % key.n &&
    powers.power(partialDecryptionBase(statement, tau), z) ===
      (a2 * powers.power(partialDecryptionPower(statement, tau), e)) % key.n
  );
}

function weightedProduct(modulus: bigint, bases: readonly bigint[], tau: Uint8Array): bigint {
  const product = new MultiExponentiation(modulus, bases.length);
  for (const [position, base] of bases.entries()) {
    product.add(base, partialDecryptionWeight(tau, position));
  }
  return product.product();
}
