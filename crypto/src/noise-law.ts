import type { NoiseLaw } from './discrete-laplace.js';
import { noiseRate } from './discrete-laplace.js';
import { ParameterError } from './errors.js';

/**
 * Probabilities are integers in units of 2^-PROBABILITY_BITS. They are computed with rationals only,
 * so every reader finds the same ones; their error is far below 2^-128.
 */
export const PROBABILITY_BITS = 256;

const SCALE = BigInt(PROBABILITY_BITS);
const ONE = 1n << SCALE;

/** A committee has at most 16 keyholders (`docs/protocol.md §1`), each adds one sample. */
const SAMPLES_MAX = 16;

/**
 * P[X = x] of one sample, in units of 2^-{@link PROBABILITY_BITS} (`docs/protocol.md §6.4`).
 *
 * @throws {@link ParameterError} when the law is invalid
 */
export function noiseProbability(law: NoiseLaw, x: bigint): bigint {
  const q = decay(law, 1n);
  return ((ONE - q) * decay(law, x < 0n ? -x : x)) / (ONE + q);
}

/**
 * P[|S| > bound] of the sum S of independent samples, in units of 2^-{@link PROBABILITY_BITS}.
 *
 * A sample is the difference of two geometric variables, so S = T_A - T_B for the trials at which two
 * sequences of coins (heads with p = 1 - q) show their k-th head. When the first has finished and the
 * other lacks m heads, |S| is the number of further trials that m heads take.
 *
 * @param samples k, the number of samples, 1 to 16
 * @throws {@link ParameterError} when the law or the number of samples is invalid
 */
export function noiseTail(law: NoiseLaw, samples: number, bound: bigint): bigint {
  const lacking = missingHeads(law, samples);
  const p = ONE - decay(law, 1n);
  let tail = 0n;
  let weight = lacking.reduce((sum, probability) => sum + probability, 0n);
  let binomial = ONE;
  for (let heads = 0; heads < samples && BigInt(heads) <= bound; heads += 1) {
    weight -= lacking[heads] ?? 0n;
    const exactly = (binomial * decay(law, bound - BigInt(heads))) >> SCALE;
    tail += (exactly * weight) >> SCALE;
    binomial = (((bound - BigInt(heads)) * binomial * p) >> SCALE) / BigInt(heads + 1);
  }
  return tail;
}

/**
 * The variance |A|·2q/(1-q)², q = exp(-ε/Δ₁), of the sum of samples (`docs/protocol.md §6.4`).
 *
 * @param samples the number of independent samples, one of each keyholder
 * @throws {@link ParameterError} when the law or the number of samples is invalid
 */
export function noiseVariance(samples: number, law: NoiseLaw): number {
  requireSamples(samples);
  const { numerator, denominator } = noiseRate(law);
  // 2q/(1-q)² = 1/(2 sinh²(x/2)) loses no digits when q is near 1.
  return samples / (2 * Math.sinh(Number(numerator) / Number(denominator) / 2) ** 2);
}

/**
 * Half the width of the 95 % interval: the least h with P[|S| ≤ h] ≥ 0.95, from the exact law of the
 * sum S of samples and not from the normal one (`docs/protocol.md §7`).
 *
 * @param samples the number of independent samples, one of each keyholder
 * @throws {@link ParameterError} when the law or the number of samples is invalid
 */
export function halfWidth95(samples: number, law: NoiseLaw): number {
  const isWide = (bound: bigint): boolean => 20n * noiseTail(law, samples, bound) <= ONE;
  if (isWide(0n)) return 0;
  let below = 0n;
  let above = 1n;
  while (!isWide(above)) [below, above] = [above, 2n * above];
  while (above - below > 1n) {
    const middle = (below + above) / 2n;
    if (isWide(middle)) above = middle;
    else below = middle;
  }
  return Number(above);
}

/** The probability that the slower sequence lacks m heads when the faster has its k-th, m = 0..k. */
function missingHeads(law: NoiseLaw, samples: number): bigint[] {
  requireSamples(samples);
  const q = decay(law, 1n);
  const oneSide = (q << SCALE) / (ONE + q);
  const bothSides = ONE - 2n * oneSide;
  const reached = Array.from({ length: samples + 1 }, () =>
    new Array<bigint>(samples + 1).fill(0n),
  );
  // a and b are the heads that each sequence still lacks.
  const at = (a: number, b: number): bigint => reached[a]?.[b] ?? 0n;
  const arrive = (a: number, b: number): bigint => {
    if (a === samples && b === samples) return ONE;
    // The race is over where one lacks none, so nothing arrives from there.
    const single = (b > 0 ? at(a + 1, b) : 0n) + (a > 0 ? at(a, b + 1) : 0n);
    return (single * oneSide + at(a + 1, b + 1) * bothSides) >> SCALE;
  };
  for (let a = samples; a >= 0; a -= 1) {
    for (let b = samples; b >= 0; b -= 1) (reached[a] ?? [])[b] = arrive(a, b);
  }
  return reached.map((_row, m) => (m === 0 ? at(0, 0) : at(m, 0) + at(0, m)));
}

function requireSamples(samples: number): void {
  if (!Number.isInteger(samples) || samples < 1 || samples > SAMPLES_MAX) {
    throw new ParameterError(`The number of samples is not from 1 to ${SAMPLES_MAX}.`);
  }
}

/** q^steps = exp(-steps·ε/Δ₁), in units of 2^-{@link PROBABILITY_BITS}. */
function decay(law: NoiseLaw, steps: bigint): bigint {
  const { numerator, denominator } = noiseRate(law);
  const exponent = numerator * steps;
  const whole = exponent / denominator;
  if (whole > SCALE) return 0n;
  let result = exponentialOfFraction(exponent % denominator, denominator);
  for (let count = 0n; count < whole; count += 1n) result = (result * INVERSE_E) >> SCALE;
  return result;
}

const INVERSE_E = exponentialOfFraction(1n, 1n);

/** exp(-numerator/denominator) for a fraction in [0, 1], by its alternating series. */
function exponentialOfFraction(numerator: bigint, denominator: bigint): bigint {
  // 32 more bits than the result, so that the rounding of the 60 terms or so stays below its last bit.
  let term = ONE << 32n;
  let sum = 0n;
  for (let k = 1n; term !== 0n; k += 1n) {
    sum += k % 2n === 1n ? term : -term;
    term = (term * numerator) / (denominator * k);
  }
  return sum >> 32n;
}
