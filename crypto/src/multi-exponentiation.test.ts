import { modPow } from 'bigint-crypto-utils';
import fc from 'fast-check';

import { ParameterError } from './errors.js';
import { MultiExponentiation } from './multi-exponentiation.js';
import { randomBits } from './random.js';

const NATIVE_MODULUS = (1n << 521n) - 1n;
const SMALL_MODULUS = 1_000_003n * 999_983n;

const element = (modulus: bigint) =>
  fc.record({
    base: fc.bigInt({ min: 0n, max: modulus - 1n }),
    exponent: fc.oneof(
      fc.constantFrom(0n, 1n, (1n << 128n) - 1n),
      fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
    ),
  });

describe.each([
  ['a modulus with native powers', NATIVE_MODULUS],
  ['a modulus without', SMALL_MODULUS],
])('MultiExponentiation for %s', (_name, modulus) => {
  it('equals the product of single powers, whatever count was expected', () => {
    fc.assert(
      fc.property(
        fc.array(element(modulus), { maxLength: 12 }),
        fc.constantFrom(0, 1, 10, 100, 3_000, 40_000),
        (elements, expectedCount) => {
          const product = new MultiExponentiation(modulus, expectedCount);
          let powers = 1n;
          let bases = 1n;
          for (const { base, exponent } of elements) {
            product.add(base, exponent);
            powers = (powers * modPow(base, exponent, modulus)) % modulus;
            bases = (bases * base) % modulus;
          }
          expect(product.product()).toBe(powers);
          expect(product.baseProduct()).toBe(bases);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('can be read and continued', () => {
    const product = new MultiExponentiation(modulus, 100);
    product.add(2n, 3n);
    expect(product.product()).toBe(8n);
    product.add(5n, 2n);
    expect(product.product()).toBe(200n);
    expect(product.baseProduct()).toBe(10n);
  });

  it('refuses what is not reduced and exponents past 128 bits', () => {
    const product = new MultiExponentiation(modulus, 1);
    expect(() => {
      product.add(modulus, 1n);
    }).toThrow(ParameterError);
    expect(() => {
      product.add(-1n, 1n);
    }).toThrow(ParameterError);
    expect(() => {
      product.add(2n, -1n);
    }).toThrow(ParameterError);
    expect(() => {
      product.add(2n, 1n << 128n);
    }).toThrow(ParameterError);
  });
});

it('multiplies as many elements as were expected', () => {
  const product = new MultiExponentiation(SMALL_MODULUS, 700);
  let expected = 1n;
  for (let index = 0; index < 700; index += 1) {
    const base = randomBits(30);
    const exponent = randomBits(128);
    product.add(base, exponent);
    expected = (expected * modPow(base, exponent, SMALL_MODULUS)) % SMALL_MODULUS;
  }
  expect(product.product()).toBe(expected);
});
