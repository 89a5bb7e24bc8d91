import { invertAll } from './batch-inversion.js';
import { isCoprime } from './coprimality.js';
import { ParameterError } from './errors.js';
import { modularPower } from './modular-power.js';
import type { PublicKey } from './public-key.js';

/** What is opened: one attempt at a plan. */
export interface Opening {
  readonly key: PublicKey;
  /** 64 lower-case hex digits. */
  readonly planHash: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** c*ⱼ in block order, whose finalHash t keyholders recorded. */
  readonly finals: readonly bigint[];
}

/** What opened; it shows the result and goes only where the result may go. */
export interface OpenedBlocks {
  /** The plaintexts M in [0, n), in block order; `centreMessage` gives them their sign. */
  readonly messages: readonly bigint[];
  /** wⱼ in [1, n), in block order, for the certificate. */
  readonly w: readonly bigint[];
  /** The keyholders whose shares were used, ascending. */
  readonly usedIndices: readonly number[];
}

/** The partial decryptions of one keyholder. */
export interface IndexedPartialDecryption {
  /** 1..ℓ. */
  readonly index: number;
  /** xᵢⱼ in block order. */
  readonly x: readonly bigint[];
}

/**
 * The plaintexts out of the partial decryptions of t keyholders, without any proof
 * (`docs/protocol.md §7`, steps 1 to 3). n-th roots are unique, so the check of step 2 leaves one
 * answer.
 *
 * @param parts of t distinct keyholders
 * @returns undefined when the check of a block fails or an element is not coprime to n
 * @throws {@link ParameterError} unless there are t parts with distinct indices 1..ℓ and x for each block
 */
export function openBlocks(
  { key, finals }: Opening,
  parts: readonly IndexedPartialDecryption[],
): OpenedBlocks | undefined {
  requireParts(key, finals, parts);
  const fractions = rootFractions(key, finals.length, parts);
  const remainders = finals.map((block) => block % key.n);
  const divisors = [...fractions.map(({ denominator }) => denominator), ...remainders];
  const elements = [...divisors, ...parts.flatMap(({ x }) => x)];
  if (
    !isCoprime(
      elements.reduce((product, x) => (product * x) % key.n, 1n),
      key.n,
    )
  )
    return undefined;
  const inverses = invertAll(divisors, key.n);
  const w = fractions.map(
    ({ numerator }, position) => (numerator * (inverses[position] ?? 0n)) % key.n,
  );
  const messages: bigint[] = [];
  for (const [position, block] of finals.entries()) {
    const inverse = inverses[finals.length + position] ?? 0n;
    const message = openBlock(key, { block, inverse, w: w[position] ?? 0n });
    if (message === undefined) return undefined;
    messages.push(message);
  }
  return {
    messages,
    w,
    usedIndices: parts.map(({ index }) => index).sort((left, right) => left - right),
  };
}

/**
 * λᵢ = Δ·Π_{j∈S, j≠i} j/(j−i) for each i in S, integers (`docs/protocol.md §7`).
 *
 * @param indices S, distinct, each from 1 to ℓ
 * @param delta ℓ!
 */
export function lagrangeCoefficients(indices: readonly number[], delta: bigint): bigint[] {
  return indices.map((i) => {
    const others = indices.filter((j) => j !== i).map(BigInt);
    const numerator = others.reduce((product, j) => product * j, delta);
    const denominator = others.reduce((product, j) => product * (j - BigInt(i)), 1n);
    return numerator / denominator;
  });
}

/** wⱼ = Π xᵢⱼ^{2λᵢ} as a fraction, so that all inverses can be taken together. */
function rootFractions(
  key: PublicKey,
  count: number,
  parts: readonly IndexedPartialDecryption[],
): { numerator: bigint; denominator: bigint }[] {
  const powers = modularPower(key.n);
  const lambdas = lagrangeCoefficients(
    parts.map(({ index }) => index),
    key.delta,
  );
  const side = (position: number, sign: bigint): bigint =>
    parts.reduce((product, { x }, part) => {
      const exponent = 2n * sign * (lambdas[part] ?? 0n);
      if (exponent <= 0n) return product;
      return (product * powers.power(x[position] ?? 0n, exponent)) % key.n;
    }, 1n);
  return Array.from({ length: count }, (_unused, position) => ({
    numerator: side(position, 1n),
    denominator: side(position, -1n),
  }));
}

/**
 * M of one block, or undefined unless wⁿ = u^{4Δ²} mod n. With A = c^{4Δ²} and B = wⁿ mod n², that is
 * A = B mod n, and then A = B·(1 + kn) mod n² for k = ((A − B)/n)·B⁻¹ mod n; B⁻¹ = (u⁻¹)^{4Δ²} mod n
 * needs no inverse of its own.
 */
function openBlock(
  key: PublicKey,
  { block, inverse, w }: { block: bigint; inverse: bigint; w: bigint },
): bigint | undefined {
  const { n, n2, delta } = key;
  const factor = 4n * delta * delta;
  const difference = modularPower(n2).power(block, factor) - modularPower(n2).power(w, n);
  if (difference % n !== 0n) return undefined;
  const inversePower = modularPower(n).power(inverse, factor);
  const multiple = ((difference / n) * inversePower * inverseOfFactor(key)) % n;
  return multiple < 0n ? multiple + n : multiple;
}

const factorInverses = new WeakMap<PublicKey, bigint>();

/** (4Δ²)⁻¹ mod n, kept for each key: it is the same for all blocks. */
function inverseOfFactor(key: PublicKey): bigint {
  const known = factorInverses.get(key);
  if (known !== undefined) return known;
  const inverse = modularPower(key.n).inverse(4n * key.delta * key.delta);
  factorInverses.set(key, inverse);
  return inverse;
}

function requireParts(
  key: PublicKey,
  finals: readonly bigint[],
  parts: readonly IndexedPartialDecryption[],
): void {
  if (finals.length === 0) throw new ParameterError('There is no block to open.');
  const indices = new Set(parts.map(({ index }) => index));
  if (parts.length !== key.t || indices.size !== key.t) {
    throw new ParameterError(`Opening takes ${key.t} shares of different keyholders.`);
  }
  for (const { index, x } of parts) {
    if (!Number.isInteger(index) || index < 1 || index > key.l || x.length !== finals.length) {
      throw new ParameterError('A share has an index of no keyholder or another number of blocks.');
    }
  }
}
