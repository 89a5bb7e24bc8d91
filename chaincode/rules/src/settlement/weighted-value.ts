import { addFractions, fraction } from './fraction.js';
import type { Claim } from './largest-remainder.js';

/**
 * Claims after weighting: each part times its weight, made whole again. With equal weights nothing
 * changes; a claim of nothing stays one.
 * @param claims parts add up to 1
 * @param weightOf positive integer weight of an id
 */
export function weightClaims(claims: readonly Claim[], weightOf: (id: string) => bigint): Claim[] {
  const weighted = claims.map(({ id, part }) => ({
    id,
    part: fraction(part.numerator * weightOf(id), part.denominator),
  }));
  const total = weighted.map(({ part }) => part).reduce(addFractions, fraction(0n, 1n));
  return weighted.map(({ id, part }) => ({
    id,
    part: fraction(part.numerator * total.denominator, part.denominator * total.numerator),
  }));
}
