import { ParameterError } from './errors.js';
import { modularPower } from './modular-power.js';

/** Widest window: with 384-bit exponents, 35 tables of 2,047 elements mod n² are 55 MB at 3072 bits. */
const WINDOW_BITS_MAX = 11;

/** A native power costs about this many BigInt multiplications for each bit of its exponent. */
const NATIVE_COST_PER_BIT = 0.32;

/** Powers of one public base, a multiplication for every few exponent bits. */
export interface FixedBasePower {
  /** Longest exponent in bits. */
  readonly exponentBits: number;
  /** Multiplications that one power takes; 0 when it is no table but a native power. */
  readonly multiplications: number;
  /**
   * base^exponent mod modulus. The exponent may be secret; the table look-ups depend on it.
   * @throws {@link ParameterError} unless the exponent lies in [0, 2^exponentBits)
   */
  power(exponent: bigint): bigint;
}

function requireExponent(exponent: bigint, exponentBits: number): void {
  if (exponent < 0n || exponent >> BigInt(exponentBits) !== 0n) {
    throw new ParameterError(`The exponent must lie in [0, 2^${exponentBits}).`);
  }
}

class DirectPower implements FixedBasePower {
  readonly multiplications = 0;

  constructor(
    private readonly base: bigint,
    private readonly modulus: bigint,
    readonly exponentBits: number,
  ) {}

  power(exponent: bigint): bigint {
    requireExponent(exponent, this.exponentBits);
    return modularPower(this.modulus).power(this.base, exponent);
  }
}

/** table[i][d - 1] = base^(d·2^(i·windowBits)) for d = 1..2^windowBits - 1. */
class FixedBaseTable implements FixedBasePower {
  readonly multiplications: number;
  readonly #modulus: bigint;
  readonly #table: readonly (readonly bigint[])[];

  constructor(
    powers: { base: bigint; modulus: bigint },
    readonly exponentBits: number,
    private readonly windowBits: number,
  ) {
    this.multiplications = Math.ceil(exponentBits / windowBits);
    this.#modulus = powers.modulus;
    const table: bigint[][] = [];
    let base = powers.base % powers.modulus;
    for (let window = 0; window < this.multiplications; window += 1) {
      const row = this.#multiplesOf(base);
      table.push(row);
      base = ((row.at(-1) ?? 1n) * base) % this.#modulus;
    }
    this.#table = table;
  }

  power(exponent: bigint): bigint {
    requireExponent(exponent, this.exponentBits);
    const width = BigInt(this.windowBits);
    let result: bigint | undefined;
    let rest = exponent;
    for (const row of this.#table) {
      const digit = Number(BigInt.asUintN(this.windowBits, rest));
      rest >>= width;
      if (digit === 0) continue;
      const entry = row[digit - 1] ?? 1n;
      result = result === undefined ? entry : (result * entry) % this.#modulus;
    }
    return result ?? 1n % this.#modulus;
  }

  #multiplesOf(base: bigint): bigint[] {
    const row = [base];
    let current = base;
    while (row.length < 2 ** this.windowBits - 1) {
      current = (current * base) % this.#modulus;
      row.push(current);
    }
    return row;
  }
}

function tableCost(exponentBits: number, windowBits: number, count: number): number {
  return Math.ceil(exponentBits / windowBits) * (2 ** windowBits - 1 + count);
}

/**
 * Powers of a fixed base by the cheapest means for the work expected: a native power each for a
 * few, a table of a width that pays for itself for many (docs/protocol.md §3).
 * @param powers public base and modulus
 * @param exponentBits longest exponent
 * @param expectedCount about how many powers will be taken; never changes a result
 */
export function createFixedBasePower(
  powers: { base: bigint; modulus: bigint },
  exponentBits: number,
  expectedCount: number,
): FixedBasePower {
  let windowBits = 1;
  for (let width = 2; width <= WINDOW_BITS_MAX; width += 1) {
    const better = tableCost(exponentBits, width, expectedCount);
    if (better < tableCost(exponentBits, windowBits, expectedCount)) windowBits = width;
  }
  const direct = expectedCount * exponentBits * NATIVE_COST_PER_BIT;
  if (
    modularPower(powers.modulus).isNative &&
    direct <= tableCost(exponentBits, windowBits, expectedCount)
  ) {
    return new DirectPower(powers.base, powers.modulus, exponentBits);
  }
  return new FixedBaseTable(powers, exponentBits, windowBits);
}
