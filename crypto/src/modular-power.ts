import { createNativePower } from '#platform/native-power';
import { modInv } from 'bigint-crypto-utils';

import { ParameterError } from './errors.js';
import { bitLength } from './integer-encoding.js';
import type { NativePower } from './platform/native-power.js';

/** Up to this exponent length a few BigInt multiplications beat the fixed cost of a native call. */
const SHORT_EXPONENT_BITS = 24;

/** Moduli of a few keys, n and n² each; an object holds OpenSSL's tables for its modulus. */
const CACHED_MODULI_MAX = 16;

/** Exponent bits taken at a time: wider windows need fewer multiplications but more powers first. */
function windowBitsFor(exponentBits: number): number {
  if (exponentBits > 512) return 5;
  if (exponentBits > 80) return 4;
  return exponentBits > SHORT_EXPONENT_BITS ? 2 : 1;
}

/** base^exponent mod modulus by BigInt alone, a few exponent bits at a time; exponent >= 0. */
export function bigintPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const windowBits = windowBitsFor(bitLength(exponent));
  const radix = 2 ** windowBits;
  const powers = [1n % modulus];
  while (powers.length < radix) powers.push(((powers.at(-1) ?? 0n) * base) % modulus);
  let result = 1n % modulus;
  for (const digit of exponent.toString(radix)) {
    for (let doubling = 0; doubling < windowBits; doubling += 1) {
      result = (result * result) % modulus;
    }
    const value = Number.parseInt(digit, radix);
    if (value !== 0) result = (result * (powers[value] ?? 0n)) % modulus;
  }
  return result;
}

/**
 * The native power of a modulus, if it has one that passes a comparison with BigInt. The check runs
 * once a modulus: a library that answers wrongly without an error must not be trusted silently.
 */
function checkedNativePower(modulus: bigint): NativePower | undefined {
  const native = createNativePower(modulus);
  if (native === undefined) return undefined;
  const base = modulus / 3n + 1n;
  for (const exponent of [0x1_0001n, (1n << 64n) - 59n]) {
    if (native(base, exponent) !== bigintPower(base, exponent, modulus)) return undefined;
  }
  return native;
}

/** Powers for one modulus: by OpenSSL where there is one, else, and in its special cases, by BigInt. */
export class ModularPower {
  readonly modulus: bigint;
  readonly #native: NativePower | undefined;

  /**
   * @param modulus public, at least 2
   * @throws {@link ParameterError} on a smaller modulus
   */
  constructor(modulus: bigint) {
    if (modulus < 2n) throw new ParameterError('A modulus must be at least 2.');
    this.modulus = modulus;
    this.#native = checkedNativePower(modulus);
  }

  /** Whether long powers run natively, about four times faster. */
  get isNative(): boolean {
    return this.#native !== undefined;
  }

  /**
   * base^exponent mod modulus, in [0, modulus). Either may be secret; time depends on their lengths.
   * @param base any integer
   * @param exponent any integer; a negative one takes the power of the inverse
   * @throws {@link ParameterError} when the exponent is negative and the base has no inverse
   */
  power(base: bigint, exponent: bigint): bigint {
    if (exponent < 0n) return this.power(this.inverse(base), -exponent);
    const reduced = ((base % this.modulus) + this.modulus) % this.modulus;
    return this.#nativePower(reduced, exponent) ?? bigintPower(reduced, exponent, this.modulus);
  }

  /**
   * The inverse of a value, in [1, modulus).
   * @throws {@link ParameterError} when the value shares a factor with the modulus
   */
  inverse(value: bigint): bigint {
    try {
      return modInv(value, this.modulus);
    } catch {
      // The library's own error quotes the value, which may be secret.
      throw new ParameterError('The value has no inverse for this modulus.');
    }
  }

  #nativePower(reduced: bigint, exponent: bigint): bigint | undefined {
    const special = reduced < 2n || reduced === this.modulus - 1n;
    if (this.#native === undefined || special || bitLength(exponent) <= SHORT_EXPONENT_BITS) {
      return undefined;
    }
    const result = this.#native(reduced, exponent);
    // No unit has a power of 0, and zeros are what OpenSSL gives where it fails silently.
    return result === 0n ? undefined : result;
  }
}

const cache = new Map<bigint, ModularPower>();

/**
 * The {@link ModularPower} of a modulus, kept: making one costs more than many of its powers.
 * @throws {@link ParameterError} on a modulus below 2
 */
export function modularPower(modulus: bigint): ModularPower {
  const known = cache.get(modulus);
  if (known !== undefined) return known;
  const created = new ModularPower(modulus);
  const oldest = cache.size >= CACHED_MODULI_MAX ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(modulus, created);
  return created;
}
