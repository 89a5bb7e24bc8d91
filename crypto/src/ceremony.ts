import { hashCanonicalJson } from './canonical-json.js';
import { isCoprime } from './coprimality.js';
import { ParameterError } from './errors.js';
import { rootTarget, verificationBase } from './hashed-element.js';
import { bigintToHex, bitLength } from './integer-encoding.js';
import { verifyKeyShare } from './key-relations.js';
import { modularPower } from './modular-power.js';
import { type PublicKeyRecord, requireKeySizes, ROOT_COUNT } from './public-key-record.js';
import { decodePublicKey } from './public-key.js';
import { randomBelow } from './random.js';
import { generateSafePrimePair } from './safe-prime.js';

/** The sizes of a key to be made (docs/protocol.md §1). */
export interface KeyParameters {
  /** Length of n, a multiple of 16; below 2048 only with insecureTestKey. */
  readonly modulusBits: number;
  /** Number of keyholders. */
  readonly l: number;
  /** Number of shares that open. */
  readonly t: number;
  /** Length of encryption exponents, 256 by default. */
  readonly exponentBits?: number;
  /** Marks the key for test networks only. */
  readonly insecureTestKey?: boolean;
}

/** One keyholder's part of the secret key. */
export interface KeyShare {
  /** 1..l. */
  readonly index: number;
  /** Secret, in [0, 2^shareBits). */
  readonly value: bigint;
}

/** What a dealer hands out: the public record to the ledger, each share to its keyholder alone. */
export interface DealtKey {
  readonly record: PublicKeyRecord;
  /** Secret, ascending by index. */
  readonly shares: readonly KeyShare[];
}

/** How far a ceremony is. */
export interface CeremonyProgress {
  readonly step: 'safe-primes' | 'dealing' | 'checking';
  readonly done: number;
  readonly total: number;
  /** Candidates that the current search for a prime has tested; about 1,600 a prime at 3,072 bits. */
  readonly candidates?: number;
}

/** All randomness of a key; secret. */
export interface KeySecrets {
  readonly p: bigint;
  readonly q: bigint;
  /** Uniform in Z*ₙ; gives h = n - x² mod n. */
  readonly x: bigint;
  /** a₁..a_{t-1} of the sharing polynomial, uniform in [0, m). */
  readonly coefficients: readonly bigint[];
}

const DEFAULT_EXPONENT_BITS = 256;

/** f(index) mod m for f with these coefficients, the constant one first (Horner). */
function evaluatePolynomial(coefficients: readonly bigint[], index: number, m: bigint): bigint {
  return coefficients.reduceRight((sum, next) => (sum * BigInt(index) + next) % m, 0n);
}

function sizesOf(parameters: KeyParameters) {
  const { modulusBits, l, t } = parameters;
  const exponentBits = parameters.exponentBits ?? DEFAULT_EXPONENT_BITS;
  const sizes = { modulusBits, l, t, exponentBits, shareBits: modulusBits - 2 };
  return parameters.insecureTestKey === true ? { ...sizes, insecureTestKey: true as const } : sizes;
}

/** The integers that follow from the secrets (docs/protocol.md §2); d, h and the shares are secret. */
function computeKey(parameters: KeyParameters, secrets: KeySecrets) {
  const { p, q, x } = secrets;
  const n = p * q;
  const m = ((p - 1n) / 2n) * ((q - 1n) / 2n);
  const h = n - ((x * x) % n);
  const polynomial = [modularPower(m).inverse(n), ...secrets.coefficients];
  const shares = Array.from({ length: parameters.l }, (_, position) => ({
    index: position + 1,
    value: evaluatePolynomial(polynomial, position + 1, m),
  }));
  return {
    n,
    shares,
    hs: modularPower(n * n).power(h, n),
    rootExponent: modularPower(4n * m).inverse(n),
  };
}

/** Δ·sᵢ is what a verification key is the power of. */
function verificationKeys(n: bigint, v: bigint, shares: readonly KeyShare[]): bigint[] {
  const delta = shares.reduce((product, { index }) => product * BigInt(index), 1n);
  return shares.map(({ value }) => modularPower(n).power(v, delta * value));
}

/**
 * The key of given secrets, as the dealer computes it (docs/protocol.md §2). Ceremonies call
 * {@link generateKeyCeremony}; this one is for keys whose secrets are known, as tests have.
 * @throws {@link ParameterError} when the sizes or the secrets do not fit each other
 */
export function dealKey(parameters: KeyParameters, secrets: KeySecrets): DealtKey {
  const sizes = sizesOf(parameters);
  requireKeySizes(sizes);
  if (secrets.coefficients.length !== parameters.t - 1) {
    throw new ParameterError('A sharing polynomial has t - 1 random coefficients.');
  }
  const { n, shares, hs, rootExponent } = computeKey(parameters, secrets);
  if (bitLength(n) !== parameters.modulusBits) {
    throw new ParameterError('The primes do not give a modulus of that length.');
  }
  const modulus = { n, elementBytes1: parameters.modulusBits / 8 };
  const v = verificationBase(modulus);
  const roots = Array.from({ length: ROOT_COUNT }, (_, index) =>
    modularPower(n).power(rootTarget(modulus, index), rootExponent),
  );
  const body = {
    ...sizes,
    n: bigintToHex(n),
    hs: bigintToHex(hs),
    v: bigintToHex(v),
    vi: verificationKeys(n, v, shares).map(bigintToHex),
    roots: roots.map(bigintToHex),
  };
  return { record: { ...body, keyId: hashCanonicalJson(body) }, shares };
}

function randomUnit(n: bigint): bigint {
  for (;;) {
    const candidate = randomBelow(n);
    if (isCoprime(candidate, n)) return candidate;
  }
}

/** Lets a progress line be drawn and signals be handled between two long computations. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

async function generateSecrets(
  parameters: KeyParameters,
  onProgress: (progress: CeremonyProgress) => void,
): Promise<KeySecrets> {
  const [p, q] = await generateSafePrimePair(
    parameters.modulusBits / 2,
    ({ found, candidates }) => {
      onProgress({ step: 'safe-primes', done: found, total: 2, candidates });
    },
  );
  const m = ((p - 1n) / 2n) * ((q - 1n) / 2n);
  const coefficients = Array.from({ length: parameters.t - 1 }, () => randomBelow(m));
  return { p, q, x: randomUnit(p * q), coefficients };
}

/** A dealer that erred must not hand anything out. */
function requireSoundKey(dealt: DealtKey): void {
  const key = decodePublicKey(dealt.record);
  if (!dealt.shares.every(({ index, value }) => verifyKeyShare(key, index, value))) {
    throw new ParameterError('A dealt share does not fit its verification key.');
  }
}

/**
 * Makes a key and its shares (docs/protocol.md §2). The dealer learns everything and must forget it:
 * what this returns is to be sealed to each keyholder, written nowhere else.
 * @param ceremony sizes, and a listener for progress; finding the primes takes nearly all the time,
 *   2 to 30 s at 3,072 bits
 * @returns the public record and the l secret shares, both checked
 * @throws {@link ParameterError} when the sizes break docs/protocol.md §1
 */
export async function generateKeyCeremony(
  ceremony: KeyParameters & { readonly onProgress?: (progress: CeremonyProgress) => void },
): Promise<DealtKey> {
  const { onProgress, ...parameters } = ceremony;
  requireKeySizes(sizesOf(parameters));
  if (parameters.modulusBits % 16 !== 0) {
    throw new ParameterError('A modulus of two primes of equal bytes has a multiple of 16 bits.');
  }
  const report = async (progress: CeremonyProgress): Promise<void> => {
    onProgress?.(progress);
    await nextTurn();
  };
  await report({ step: 'safe-primes', done: 0, total: 2 });
  const secrets = await generateSecrets(parameters, (progress) => {
    onProgress?.(progress);
  });
  await report({ step: 'dealing', done: 0, total: 1 });
  const dealt = dealKey(parameters, secrets);
  await report({ step: 'checking', done: 0, total: 1 });
  requireSoundKey(dealt);
  await report({ step: 'checking', done: 1, total: 1 });
  return dealt;
}
