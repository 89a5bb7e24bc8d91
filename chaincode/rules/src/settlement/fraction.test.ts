import { addFractions, compareFractions, fraction } from './fraction.js';

describe('fractions', () => {
  test('are in lowest terms', () => {
    expect(fraction(6n, 4n)).toEqual({ numerator: 3n, denominator: 2n });
    expect(fraction(0n, 7n)).toEqual({ numerator: 0n, denominator: 1n });
    expect(addFractions(fraction(1n, 6n), fraction(1n, 3n))).toEqual(fraction(1n, 2n));
  });

  test('compare by value', () => {
    expect(compareFractions(fraction(1n, 3n), fraction(2n, 6n))).toBe(0);
    expect(compareFractions(fraction(1n, 3n), fraction(1n, 2n))).toBeLessThan(0);
    expect(
      compareFractions(fraction(10n ** 30n + 1n, 10n ** 30n), fraction(1n, 1n)),
    ).toBeGreaterThan(0);
  });
});
