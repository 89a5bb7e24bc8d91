/** An exact number between 0 and 1; the denominator is positive. */
export interface ExactShare {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * The Gini coefficient Σᵢ Σⱼ |xᵢ − xⱼ| / (2n Σ x), by the sorted form Σ (2i − n − 1)·xᵢ / (n Σ x).
 * @param amounts not negative
 * @returns exact; 0 for nobody and for nothing
 */
export function giniOf(amounts: readonly bigint[]): ExactShare {
  const sorted = [...amounts].sort((one, other) => (one < other ? -1 : Number(one > other)));
  const total = sorted.reduce((sum, amount) => sum + amount, 0n);
  if (total === 0n) return { numerator: 0n, denominator: 1n };
  const n = BigInt(sorted.length);
  const numerator = sorted.reduce(
    (sum, amount, index) => sum + (2n * BigInt(index + 1) - n - 1n) * amount,
    0n,
  );
  return { numerator, denominator: n * total };
}

/** A share as a decimal with four digits, rounded half up: the only place where it is rounded. */
export function showShare({ numerator, denominator }: ExactShare): string {
  const scaled = (2n * numerator * 10_000n + denominator) / (2n * denominator);
  const digits = String(scaled).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
