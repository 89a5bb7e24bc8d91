import { modPow } from 'bigint-crypto-utils';
import fc from 'fast-check';

import { ParameterError } from './errors.js';
import { createFixedBasePower } from './fixed-base-table.js';

const MODULUS = (1n << 521n) - 1n;
const BASE = (1n << 300n) | 12_345n;

describe('createFixedBasePower', () => {
  it.each([1, 10, 100, 1_000, 5_000])('gives the power when %i are expected', (expectedCount) => {
    const table = createFixedBasePower({ base: BASE, modulus: MODULUS }, 256, expectedCount);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(0n, 1n, (1n << 256n) - 1n, 1n << 255n),
          fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
        ),
        (exponent) => {
          expect(table.power(exponent)).toBe(modPow(BASE, exponent, MODULUS));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('builds no table for a few powers and a wider one for more', () => {
    const count = (expected: number) =>
      createFixedBasePower({ base: BASE, modulus: MODULUS }, 256, expected).multiplications;
    expect(count(3)).toBe(0);
    expect(count(200)).toBeGreaterThan(count(3_000));
    expect(count(3_000)).toBeLessThanOrEqual(32);
  });

  it('uses a table at once where powers are not native', () => {
    const table = createFixedBasePower({ base: 2n, modulus: 1_000_003n }, 40, 1);
    expect(table.multiplications).toBeGreaterThan(0);
    expect(table.power(123_456_789_012n)).toBe(modPow(2n, 123_456_789_012n, 1_000_003n));
  });

  it.each([1, 1_000])('refuses exponents outside its range (%i expected)', (expectedCount) => {
    const table = createFixedBasePower({ base: BASE, modulus: MODULUS }, 100, expectedCount);
    expect(table.exponentBits).toBe(100);
    expect(() => table.power(-1n)).toThrow(ParameterError);
    expect(() => table.power(1n << 100n)).toThrow(ParameterError);
  });
});
