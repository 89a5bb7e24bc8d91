import { isCoprime } from './coprimality.js';
import { ParameterError } from './errors.js';
import { rootTarget, verificationBase } from './hashed-element.js';
import { modularPower } from './modular-power.js';

/** No prime factor of n may be below this, so that the roots mean something (docs/protocol.md §2). */
const SMALL_FACTOR_BOUND = 2 ** 16;

/** The integers of a key record that the relations are about; `PublicKey` is one. */
export interface KeyElements {
  readonly n: bigint;
  readonly n2: bigint;
  readonly hs: bigint;
  readonly v: bigint;
  readonly vi: readonly bigint[];
  readonly roots: readonly bigint[];
  readonly l: number;
  readonly t: number;
  readonly delta: bigint;
  readonly shareBits: number;
  readonly elementBytes1: number;
}

function requireThat(condition: boolean, message: string): void {
  if (!condition) throw new ParameterError(message, 'KEY_RECORD_INVALID');
}

function primesBelow(bound: number): bigint[] {
  const composite = new Uint8Array(bound);
  const primes: bigint[] = [];
  for (let candidate = 2; candidate < bound; candidate += 1) {
    if (composite[candidate] === 1) continue;
    primes.push(BigInt(candidate));
    for (let multiple = candidate ** 2; multiple < bound; multiple += candidate) {
      composite[multiple] = 1;
    }
  }
  return primes;
}

let smallPrimes: readonly bigint[] | undefined;

function hasSmallFactor(n: bigint): boolean {
  smallPrimes ??= primesBelow(SMALL_FACTOR_BOUND);
  return smallPrimes.some((prime) => n % prime === 0n);
}

function binomial(t: number, k: number): bigint {
  let result = 1n;
  for (let step = 1; step <= k; step += 1) result = (result * BigInt(t - step + 1)) / BigInt(step);
  return result;
}

function requireElements(key: KeyElements): void {
  let product = 1n;
  for (const element of [key.v, ...key.vi, ...key.roots]) {
    requireThat(element >= 1n && element < key.n, 'Every vi, root and v lies in [1, n).');
    product = (product * element) % key.n;
  }
  requireThat(key.hs >= 1n && key.hs < key.n2, 'hs lies in [1, n squared).');
  requireThat(isCoprime(product * key.hs, key.n), 'Every element is coprime to n.');
}

/** The roots show gcd(n, φ(n)) = 1 without trust in the dealer (docs/protocol.md §2). */
function requireRoots(key: KeyElements): void {
  for (const [index, root] of key.roots.entries()) {
    const power = modularPower(key.n).power(root, key.n);
    requireThat(power === rootTarget(key, index), `roots[${index}] is not the root it should be.`);
  }
}

/** Π v_{first+k}^{C(t,k)} mod n over the k of one parity from `from` to t; keyholders count from 1. */
function differenceSide(key: KeyElements, first: number, from: number): bigint {
  let product = 1n;
  for (let k = from; k <= key.t; k += 2) {
    const verificationKey = key.vi[first + k - 1] ?? 0n;
    product = (product * modularPower(key.n).power(verificationKey, binomial(key.t, k))) % key.n;
  }
  return product;
}

/** The t-th differences of the exponents of the vᵢ vanish (docs/protocol.md §2). */
function requireDifferences(key: KeyElements): void {
  const { n, t, l } = key;
  const powers = modularPower(n);
  const odd = powers.power(differenceSide(key, 0, 1), n);
  const even = powers.power(differenceSide(key, 0, 2), n);
  requireThat(
    odd === (powers.power(key.v, key.delta) * even) % n,
    'The verification keys do not belong to a share of the inverse of n.',
  );
  for (let first = 1; first <= l - t; first += 1) {
    requireThat(
      differenceSide(key, first, 0) === differenceSide(key, first, 1),
      'The verification keys do not lie on one polynomial.',
    );
  }
}

/**
 * The part of the record check of docs/protocol.md §2 that computes: n, ranges, base, roots and the
 * relations between the verification keys.
 * @throws {@link ParameterError} when one does not hold
 */
export function requireKeyRelations(key: KeyElements): void {
  requireThat(!hasSmallFactor(key.n), 'n has a prime factor below 2^16.');
  requireElements(key);
  requireThat(key.v === verificationBase(key), 'v is not the hashed base.');
  requireDifferences(key);
  requireRoots(key);
}

/**
 * Whether a secret share is keyholder `index`'s of this key: 0 <= value < 2^shareBits and
 * v^{Δ·value} = vᵢ mod n (docs/protocol.md §2). A keyholder refuses any other.
 * @param index 1..l
 * @param value secret
 */
export function verifyKeyShare(key: KeyElements, index: number, value: bigint): boolean {
  const verificationKey = Number.isInteger(index) ? key.vi[index - 1] : undefined;
  if (verificationKey === undefined || value < 0n || value >> BigInt(key.shareBits) !== 0n) {
    return false;
  }
  return modularPower(key.n).power(key.v, key.delta * value) === verificationKey;
}
