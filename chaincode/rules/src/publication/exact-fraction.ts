import type { ExactFraction } from '@veilsum/protocol';
import { fraction, type Fraction } from '../settlement/fraction.js';

/** An exact number as it is stored. */
export function writeFraction({ numerator, denominator }: Fraction): ExactFraction {
  return { numerator: String(numerator), denominator: String(denominator) };
}

/** A stored exact number, in lowest terms. */
export function readFraction({ numerator, denominator }: ExactFraction): Fraction {
  return fraction(BigInt(numerator), BigInt(denominator));
}

/** left − right. */
export function subtractFractions(left: Fraction, right: Fraction): Fraction {
  return fraction(
    left.numerator * right.denominator - right.numerator * left.denominator,
    left.denominator * right.denominator,
  );
}

/** How often a step fits into a length, rounded down; the step must be positive. */
export function wholeSteps(length: Fraction, step: Fraction): bigint {
  return floorDivision(length.numerator * step.denominator, length.denominator * step.numerator);
}

/** numerator / denominator, rounded towards minus infinity; the denominator must be positive. */
export function floorDivision(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
}
