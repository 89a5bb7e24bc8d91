import { ParameterError } from './errors.js';
import { type ModularPower, modularPower } from './modular-power.js';

/** Bits of the random weights in batch proofs (docs/protocol.md §3.1, §6.6, §7). */
export const WEIGHT_BITS = 128;

/** Widest window: 2^12 buckets in each of 11 windows are 35 MB at most for elements mod n² at 3072 bits. */
const WINDOW_BITS_MAX = 12;

/** A native power with a 128-bit exponent costs about as much as this many BigInt multiplications. */
const NATIVE_POWER_COST = 40;

/** Multiplications for `count` elements at a window width: one an element and window, two a bucket. */
function bucketCost(count: number, windowBits: number): number {
  return Math.ceil(WEIGHT_BITS / windowBits) * (count + 2 ** (windowBits + 1)) + WEIGHT_BITS;
}

function cheapestWindowBits(count: number): number {
  let best = 1;
  for (let width = 2; width <= WINDOW_BITS_MAX; width += 1) {
    if (bucketCost(count, width) < bucketCost(count, best)) best = width;
  }
  return best;
}

/** The product so far of some elements, in one of two ways. */
interface Accumulator {
  add(base: bigint, exponent: bigint): void;
  product(): bigint;
  baseProduct(): bigint;
}

/** One power an element: best for few elements where powers are native. */
class DirectAccumulator implements Accumulator {
  readonly #powers: ModularPower;
  #product = 1n;
  #bases = 1n;

  constructor(powers: ModularPower) {
    this.#powers = powers;
  }

  add(base: bigint, exponent: bigint): void {
    const { modulus } = this.#powers;
    this.#product = (this.#product * this.#powers.power(base, exponent)) % modulus;
    this.#bases = (this.#bases * base) % modulus;
  }

  product(): bigint {
    return this.#product;
  }

  baseProduct(): bigint {
    return this.#bases;
  }
}

/**
 * Pippenger's buckets: in each window of the exponents, all elements with the same digit are
 * multiplied into one bucket, and only the buckets are raised to their digits.
 */
class BucketAccumulator implements Accumulator {
  readonly #modulus: bigint;
  readonly #windowBits: number;
  readonly #windows: (bigint | undefined)[][];

  constructor(modulus: bigint, windowBits: number) {
    this.#modulus = modulus;
    this.#windowBits = windowBits;
    const count = Math.ceil(WEIGHT_BITS / windowBits);
    this.#windows = Array.from({ length: count }, () =>
      new Array<bigint | undefined>(2 ** windowBits).fill(undefined),
    );
  }

  add(base: bigint, exponent: bigint): void {
    const width = BigInt(this.#windowBits);
    let rest = exponent;
    for (const [position, buckets] of this.#windows.entries()) {
      const digit = Number(BigInt.asUintN(this.#windowBits, rest));
      rest >>= width;
      // The digit 0 adds nothing to the product; one window keeps it, for the product of all bases.
      if (digit === 0 && position > 0) continue;
      const bucket = buckets[digit];
      buckets[digit] = bucket === undefined ? base : (bucket * base) % this.#modulus;
    }
  }

  product(): bigint {
    let result = 1n;
    for (const buckets of this.#windows.toReversed()) {
      for (let doubling = 0; doubling < this.#windowBits; doubling += 1) {
        result = (result * result) % this.#modulus;
      }
      result = (result * this.#sumOfDigits(buckets)) % this.#modulus;
    }
    return result;
  }

  /** Every base is in exactly one bucket of the first window. */
  baseProduct(): bigint {
    let product = 1n;
    for (const bucket of this.#windows[0] ?? []) {
      if (bucket !== undefined) product = (product * bucket) % this.#modulus;
    }
    return product;
  }

  /** Π bucket[d]^d, from the products of all buckets at and above each d. */
  #sumOfDigits(buckets: readonly (bigint | undefined)[]): bigint {
    let suffix: bigint | undefined;
    let result = 1n;
    for (let digit = buckets.length - 1; digit > 0; digit -= 1) {
      const bucket = buckets[digit];
      if (bucket !== undefined) {
        suffix = suffix === undefined ? bucket : (suffix * bucket) % this.#modulus;
      }
      if (suffix !== undefined) result = (result * suffix) % this.#modulus;
    }
    return result;
  }
}

/**
 * Π baseⱼ^{exponentⱼ} mod modulus for public exponents of at most 128 bits, element by element:
 * memory does not grow with their number.
 */
export class MultiExponentiation {
  readonly #modulus: bigint;
  readonly #accumulator: Accumulator;

  /**
   * @param modulus n or n², public
   * @param expectedCount about how many elements will come; decides the method, never the result
   * @throws {@link ParameterError} on a modulus below 2
   */
  constructor(modulus: bigint, expectedCount: number) {
    const powers = modularPower(modulus);
    const windowBits = cheapestWindowBits(expectedCount);
    const direct =
      powers.isNative && expectedCount * NATIVE_POWER_COST < bucketCost(expectedCount, windowBits);
    this.#modulus = modulus;
    this.#accumulator = direct
      ? new DirectAccumulator(powers)
      : new BucketAccumulator(modulus, windowBits);
  }

  /**
   * Multiplies base^exponent in.
   * @param base in [0, modulus)
   * @param exponent in [0, 2^128)
   * @throws {@link ParameterError} outside these
   */
  add(base: bigint, exponent: bigint): void {
    if (base < 0n || base >= this.#modulus) throw new ParameterError('A base must be reduced.');
    if (exponent < 0n || exponent >> BigInt(WEIGHT_BITS) !== 0n) {
      throw new ParameterError(`An exponent must lie in [0, 2^${WEIGHT_BITS}).`);
    }
    this.#accumulator.add(base, exponent);
  }

  /** Π baseⱼ^{exponentⱼ} mod modulus of all elements so far; 1 for none. */
  product(): bigint {
    return this.#accumulator.product();
  }

  /**
   * Π baseⱼ mod modulus, nearly free here: one gcd of it tells whether all bases are coprime to the
   * modulus (docs/protocol.md §3).
   */
  baseProduct(): bigint {
    return this.#accumulator.baseProduct();
  }
}
