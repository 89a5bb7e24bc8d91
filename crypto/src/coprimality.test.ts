import { gcd } from 'bigint-crypto-utils';
import fc from 'fast-check';

import { isCoprime } from './coprimality.js';

describe('isCoprime', () => {
  it('agrees with the greatest common divisor of another library', () => {
    const factor = fc.bigInt({ min: 1n, max: 40n });
    fc.assert(
      fc.property(
        fc.bigInt({ min: -500n, max: 1n << 80n }),
        factor,
        factor,
        (value, left, right) => {
          const modulus = left * right;
          expect(isCoprime(value, modulus)).toBe(gcd(value, modulus) === 1n);
        },
      ),
    );
  });

  it('finds a common prime of large integers', () => {
    const prime = (1n << 521n) - 1n;
    expect(isCoprime(prime * 12n, prime * 35n)).toBe(false);
    expect(isCoprime(12n, prime * 35n)).toBe(true);
    expect(isCoprime(0n, prime)).toBe(false);
  });
});
