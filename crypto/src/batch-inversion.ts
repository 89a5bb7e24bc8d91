import { modularPower } from './modular-power.js';

/**
 * The inverses of all values, by one inversion and three multiplications each (Montgomery, "Speeding
 * the Pollard and elliptic curve methods of factorization", 1987, §10.3.1).
 *
 * @param values integers, public or secret alike
 * @returns in [0, modulus), in the same order
 * @throws {@link ParameterError} when a value has no inverse; which one is not told
 */
export function invertAll(values: readonly bigint[], modulus: bigint): bigint[] {
  const products: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    products.push(product);
    product = (product * value) % modulus;
  }
  let inverse = modularPower(modulus).inverse(product);
  const inverses = products.toReversed().map((before, fromEnd) => {
    const result = (inverse * before) % modulus;
    inverse = (inverse * (values[values.length - 1 - fromEnd] ?? 1n)) % modulus;
    return result < 0n ? result + modulus : result;
  });
  return inverses.reverse();
}
