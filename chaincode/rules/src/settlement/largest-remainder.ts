import { addFractions, compareFractions, fraction, type Fraction } from './fraction.js';

/** A claim on a part of an amount. */
export interface Claim {
  /** Breaks ties: the lower id, by code unit, takes the unit. */
  readonly id: string;
  /** The part claimed; not negative. All parts together are 1. */
  readonly part: Fraction;
}

interface Allotment {
  readonly id: string;
  readonly whole: bigint;
  readonly remainder: Fraction;
}

/**
 * Divides an amount into whole units by the method of the largest remainder: everyone gets the whole
 * units of his exact share, and those with the largest rests one of the units left, ties by id.
 * @param amount minor units, not negative
 * @returns units by id; they add up to the amount
 * @throws Error when the parts do not add up to 1, or an id claims twice
 */
export function divideByLargestRemainder(
  amount: bigint,
  claims: readonly Claim[],
): Map<string, bigint> {
  requireWhole(claims);
  const allotments = claims.map(({ id, part }): Allotment => {
    const exact = amount * part.numerator;
    const whole = exact / part.denominator;
    return { id, whole, remainder: fraction(exact % part.denominator, part.denominator) };
  });
  const left = amount - allotments.reduce((sum, { whole }) => sum + whole, 0n);
  const result = new Map(
    [...allotments]
      .sort(byRemainderThenId)
      .map(({ id, whole }, rank): [string, bigint] => [
        id,
        BigInt(rank) < left ? whole + 1n : whole,
      ]),
  );
  requireConserved(amount, { claims: claims.length, result });
  return result;
}

function requireWhole(claims: readonly Claim[]): void {
  const { numerator, denominator } = claims
    .map(({ part }) => part)
    .reduce(addFractions, fraction(0n, 1n));
  if (numerator !== denominator) throw new Error('The claims do not add up to the whole.');
}

/** Money may neither appear nor vanish, whatever the claims were. */
function requireConserved(
  amount: bigint,
  { claims, result }: { claims: number; result: ReadonlyMap<string, bigint> },
): void {
  const sum = [...result.values()].reduce((total, units) => total + units, 0n);
  if (sum !== amount || result.size !== claims) {
    throw new Error('The parts of an amount do not add up to it.');
  }
}

function byRemainderThenId(left: Allotment, right: Allotment): number {
  const order = compareFractions(right.remainder, left.remainder);
  if (order !== 0) return order;
  return left.id < right.id ? -1 : 1;
}
