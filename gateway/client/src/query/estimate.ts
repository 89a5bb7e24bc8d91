/**
 * An opened number and how sure it is. Values are in the measure's unit (minor units for money);
 * the error is that of the noise alone, 0 for an exact release.
 */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly lower95: number;
  readonly upper95: number;
}

/** An opened slot with the exact law of its noise. */
export interface NoisySlot {
  readonly value: bigint;
  /** Variance of the noise in it, in squared units. */
  readonly variance: number;
  /** The noise lies within this of 0 with probability at least 0.95, by its exact law. */
  readonly halfWidth95: number;
}

/** Two-sided 95 % point of the normal law, for derived statistics whose exact law has no closed form. */
const NORMAL_95 = 1.959963984540054;

/** @returns a slot as it is, with the interval of its exact noise law */
export function plainEstimate(slot: NoisySlot): Estimate {
  const value = Number(slot.value);
  return {
    value,
    standardError: Math.sqrt(slot.variance),
    lower95: value - slot.halfWidth95,
    upper95: value + slot.halfWidth95,
  };
}

/** @returns sum ÷ count, by the delta method; undefined unless the count is positive */
export function meanEstimate(sum: NoisySlot, count: NoisySlot): Estimate | undefined {
  return ratioEstimate(sum, count);
}

/**
 * @returns numerator ÷ denominator; its variance is (V₁ + r²V₂)/d² by the delta method, since the noise
 *   of two planes is independent; undefined unless the denominator is positive
 */
export function ratioEstimate(numerator: NoisySlot, denominator: NoisySlot): Estimate | undefined {
  const divisor = Number(denominator.value);
  if (divisor <= 0) return undefined;
  const value = Number(numerator.value) / divisor;
  return derived(value, (numerator.variance + value ** 2 * denominator.variance) / divisor ** 2);
}

/**
 * @returns Q/N − (S/N)², the variance over privacy units, by the delta method with the gradient
 *   (1/N, −2S/N², −Q/N² + 2S²/N³) in (Q, S, N); undefined unless N and the result are positive or zero
 */
export function varianceEstimate(
  sumSquares: NoisySlot,
  sum: NoisySlot,
  count: NoisySlot,
): Estimate | undefined {
  const units = Number(count.value);
  if (units <= 0) return undefined;
  const mean = Number(sum.value) / units;
  const meanSquare = Number(sumSquares.value) / units;
  const value = meanSquare - mean ** 2;
  if (value < 0) return undefined;
  const byCount = (2 * mean ** 2 - meanSquare) / units;
  const errorVariance =
    sumSquares.variance / units ** 2 +
    sum.variance * ((2 * mean) / units) ** 2 +
    count.variance * byCount ** 2;
  return derived(value, errorVariance);
}

/** @returns the square root of a variance estimate, standard error SE/(2√v); undefined where that is */
export function standardDeviationEstimate(variance: Estimate | undefined): Estimate | undefined {
  if (variance === undefined || variance.value <= 0) return undefined;
  const value = Math.sqrt(variance.value);
  return derived(value, (variance.standardError / (2 * value)) ** 2);
}

/**
 * @returns each slot's share of their total T: x/T with variance ((T − x)²V + x²·ΣV of the others)/T⁴ by
 *   the delta method; undefined for all unless the total is positive
 */
export function shareEstimates(slots: readonly NoisySlot[]): (Estimate | undefined)[] {
  const total = Number(slots.reduce((sum, slot) => sum + slot.value, 0n));
  const totalVariance = slots.reduce((sum, slot) => sum + slot.variance, 0);
  return slots.map((slot) => {
    if (total <= 0) return undefined;
    const part = Number(slot.value);
    const others = totalVariance - slot.variance;
    const variance = ((total - part) ** 2 * slot.variance + part ** 2 * others) / total ** 4;
    return derived(part / total, variance);
  });
}

function derived(value: number, variance: number): Estimate {
  const standardError = Math.sqrt(variance);
  return {
    value,
    standardError,
    lower95: value - NORMAL_95 * standardError,
    upper95: value + NORMAL_95 * standardError,
  };
}
