import { modPow } from 'bigint-crypto-utils';
import fc from 'fast-check';

import { ParameterError } from './errors.js';
import { bitLength } from './integer-encoding.js';
import { bigintPower, ModularPower, modularPower } from './modular-power.js';
import { createNativePower as createNodePower } from './platform/node/native-power.js';
import { createNativePower as createPortablePower } from './platform/portable/native-power.js';
import { randomBits } from './random.js';

/** An odd modulus of exactly this many bits. */
const oddModulus = (bits: number): bigint => randomBits(bits) | (1n << BigInt(bits - 1)) | 1n;

const MODULI = [512, 513, 520, 1024, 1536, 3072].map(oddModulus);

describe('power', () => {
  it('equals square and multiply of another library', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MODULI),
        fc.bigInt({ min: -(1n << 600n), max: 1n << 3200n }),
        fc.bigInt({ min: 0n, max: 1n << 700n }),
        (modulus, base, exponent) => {
          expect(modularPower(modulus).power(base, exponent)).toBe(modPow(base, exponent, modulus));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('equals BigInt at every edge that OpenSSL refuses', () => {
    for (const modulus of MODULI.slice(0, 4)) {
      const { power } = {
        power: (base: bigint, e: bigint) => modularPower(modulus).power(base, e),
      };
      const root = modulus / 2n;
      for (const base of [
        0n,
        1n,
        2n,
        modulus - 1n,
        modulus,
        modulus + 1n,
        -1n,
        root,
        2n * modulus,
      ]) {
        for (const exponent of [0n, 1n, 2n, 1n << 30n, (1n << 300n) + 1n]) {
          expect(power(base, exponent)).toBe(modPow(base, exponent, modulus));
        }
      }
    }
  });

  it('equals BigInt when the result is 1 or -1', () => {
    // 2^521 - 1 is prime, so x^(p-1) = 1 and, for a non-residue, x^((p-1)/2) = -1.
    const prime = (1n << 521n) - 1n;
    const powers = modularPower(prime);
    expect(powers.isNative).toBe(true);
    expect(powers.power(3n, prime - 1n)).toBe(1n);
    expect(powers.power(3n, (prime - 1n) / 2n)).toBe(prime - 1n);
  });

  it('equals BigInt for exponents as long as any of the protocol, and longer than OpenSSL takes', () => {
    const modulus = oddModulus(520);
    for (const bits of [24, 25, 3200, 12_800, 12_801, 14_000]) {
      const exponent = randomBits(bits) | (1n << BigInt(bits - 1));
      expect(modularPower(modulus).power(7n, exponent)).toBe(modPow(7n, exponent, modulus));
    }
  });

  it('computes small, even and huge moduli by BigInt', () => {
    for (const modulus of [2n, 3n, 10n, 35n, oddModulus(511), 1n << 600n, oddModulus(10_001)]) {
      const powers = new ModularPower(modulus);
      expect(powers.isNative).toBe(false);
      expect(powers.power(12_345n, 1n << 40n)).toBe(modPow(12_345n, 1n << 40n, modulus));
    }
  });

  it('takes the inverse for a negative exponent', () => {
    const modulus = (1n << 521n) - 1n;
    const powers = modularPower(modulus);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: modulus - 1n }),
        fc.bigInt(1n, 1n << 64n),
        (base, e) => {
          expect((powers.power(base, -e) * modPow(base, e, modulus)) % modulus).toBe(1n);
        },
      ),
      { numRuns: 20 },
    );
    expect(() => modularPower(35n).power(5n, -1n)).toThrow(ParameterError);
    expect(() => modularPower(35n).inverse(0n)).toThrow(ParameterError);
  });

  it('refuses a modulus below 2', () => {
    for (const modulus of [1n, 0n, -7n])
      expect(() => new ModularPower(modulus)).toThrow(ParameterError);
  });
});

describe('native power of Node', () => {
  it('computes what BigInt does', () => {
    for (const modulus of MODULI) {
      const native = createNodePower(modulus);
      if (native === undefined) throw new Error('No native power.');
      const base = randomBits(bitLength(modulus)) % modulus;
      const exponent = randomBits(200) | 1n;
      expect(native(base, exponent)).toBe(bigintPower(base, exponent, modulus));
    }
  });

  it('is absent where OpenSSL would answer zeros or refuse the modulus', () => {
    for (const modulus of [oddModulus(511), oddModulus(512) + 1n, oddModulus(10_001)]) {
      expect(createNodePower(modulus)).toBeUndefined();
    }
  });

  it('says that it refuses instead of throwing', () => {
    const modulus = oddModulus(600);
    const native = createNodePower(modulus);
    expect(native?.(1n, 5n)).toBeUndefined();
    expect(native?.(modulus - 1n, 5n)).toBeUndefined();
    expect(native?.(3n, 1n << 13_000n)).toBeUndefined();
  });
});

describe('portable native power', () => {
  it('does not exist', () => {
    expect(createPortablePower(oddModulus(3072))).toBeUndefined();
  });
});

describe('modularPower', () => {
  it('keeps one object a modulus and forgets the oldest of many', () => {
    const first = modularPower(1_000_003n);
    expect(modularPower(1_000_003n)).toBe(first);
    for (let modulus = 101n; modulus < 101n + 32n; modulus += 2n) modularPower(modulus);
    expect(modularPower(1_000_003n)).not.toBe(first);
  });
});
