import { ParameterError } from './errors.js';
import { randomBelow } from './random.js';

/** A plane's noise: P[X = x] ∝ exp(-|x|·epsilonMicro / (10⁶·sensitivity)); public (`docs/protocol.md §6.4`). */
export interface NoiseLaw {
  /** Δ₁: by how much one privacy unit can change all slots of the plane together; at least 1. */
  readonly sensitivity: bigint;
  /** ε of the plane in millionths; at least 1. */
  readonly epsilonMicro: bigint;
}

/** Draws an integer uniformly from [0, bound), bound ≥ 1. */
export type RandomBelow = (bound: bigint) => bigint;

/** A non-negative rational number; the denominator is positive. */
interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const MICRO = 1_000_000n;

/**
 * One sample of the discrete Laplace law, exact: only integers and uniform draws are used, nothing is
 * rounded (`docs/protocol.md §6.4`; Canonne, Kamath and Steinke, "The Discrete Gaussian for
 * Differential Privacy", 2020, algorithms 1 and 2). The sample is secret. Its running time depends on
 * it, as with every exact sampler by rejection.
 *
 * @param random a uniform source; another than the default is for tests with a fixed seed
 * @throws {@link ParameterError} when sensitivity or epsilonMicro is below 1
 */
export function sampleDiscreteLaplace(law: NoiseLaw, random: RandomBelow = randomBelow): bigint {
  const { numerator: s, denominator: t } = noiseRate(law);
  for (;;) {
    const u = random(t);
    if (!flipExponential({ numerator: u, denominator: t }, random)) continue;
    let v = 0n;
    while (flipExponential({ numerator: 1n, denominator: 1n }, random)) v += 1n;
    const magnitude = (u + t * v) / s;
    const isNegative = random(2n) === 1n;
    // Zero would otherwise come with either sign, twice as often as it should.
    if (isNegative && magnitude === 0n) continue;
    return isNegative ? -magnitude : magnitude;
  }
}

/**
 * ε/Δ₁ as a fraction in lowest terms.
 *
 * @throws {@link ParameterError} when sensitivity or epsilonMicro is below 1
 */
export function noiseRate({ sensitivity, epsilonMicro }: NoiseLaw): Rational {
  if (sensitivity < 1n) throw new ParameterError('The sensitivity is below 1.');
  if (epsilonMicro < 1n) throw new ParameterError('epsilonMicro is below 1.');
  const denominator = MICRO * sensitivity;
  const divisor = greatestCommonDivisor(epsilonMicro, denominator);
  return { numerator: epsilonMicro / divisor, denominator: denominator / divisor };
}

/**
 * Whether the noise of up to ℓ keyholders leaves a slot readable but with probability below 2^-87:
 * 64·ℓ·Δ₁·10⁶ < epsilonMicro·2^(b-1) (`docs/protocol.md §6.1`).
 *
 * @param parameters `l` keyholders and a slot of `valueBits` = b bits
 * @throws {@link ParameterError} when sensitivity, epsilonMicro, l or valueBits is below 1
 */
export function hasNoiseRoom(
  parameters: NoiseLaw & { readonly l: number; readonly valueBits: number },
): boolean {
  const { l, sensitivity, epsilonMicro, valueBits } = parameters;
  noiseRate(parameters);
  if (!(l >= 1 && valueBits >= 1)) throw new ParameterError('l or valueBits is below 1.');
  return 64n * BigInt(l) * sensitivity * MICRO < epsilonMicro << BigInt(valueBits - 1);
}

/** True with probability exp(-rate), rate in [0, 1] (algorithm 1 there): K is odd for a true result. */
function flipExponential(rate: Rational, random: RandomBelow): boolean {
  let k = 1n;
  while (random(rate.denominator * k) < rate.numerator) k += 1n;
  return k % 2n === 1n;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommonDivisor(right, left % right);
}
