import { checkPrimeSync } from 'node:crypto';

import { ParameterError } from './errors.js';
import { bitLength } from './integer-encoding.js';
import { bigintPower } from './modular-power.js';
import { passesFermatNatively as passesOnNode } from './platform/node/fermat-test.js';
import { passesFermatNatively as passesPortably } from './platform/portable/fermat-test.js';
import { randomBits } from './random.js';
import { generateSafePrime, generateSafePrimePair } from './safe-prime.js';

function expectSafePrime(prime: bigint, bits: number): void {
  expect(bitLength(prime)).toBe(bits);
  expect(prime >> BigInt(bits - 2)).toBe(3n);
  expect(checkPrimeSync(prime)).toBe(true);
  expect(checkPrimeSync((prime - 1n) / 2n)).toBe(true);
}

describe('generateSafePrime', () => {
  it.each([64, 65, 96, 128, 256, 520])('gives p and (p - 1) / 2 prime of %i bits', async (bits) => {
    expectSafePrime(await generateSafePrime(bits), bits);
  });

  it('says how many candidates it has tested', async () => {
    let last = 0;
    for (let attempt = 0; attempt < 50 && last === 0; attempt += 1) {
      await generateSafePrime(512, (candidates) => {
        expect(candidates).toBeGreaterThan(last);
        last = candidates;
      });
    }
    expect(last).toBeGreaterThan(0);
  });

  it.each([63, 0, 128.5])('refuses %p bits', async (bits) => {
    await expect(generateSafePrime(bits)).rejects.toThrow(ParameterError);
  });
});

describe('generateSafePrimePair', () => {
  it('gives two different ones and says when each is found', async () => {
    const progress: number[] = [];
    const [p, q] = await generateSafePrimePair(128, ({ found }) => progress.push(found));
    expectSafePrime(p, 128);
    expectSafePrime(q, 128);
    expect(p).not.toBe(q);
    expect(bitLength(p * q)).toBe(256);
    expect([...new Set(progress)].filter((found) => found > 0)).toEqual([1, 2]);
  });
});

describe("Fermat's test on Node", () => {
  it('says of primes and composites what BigInt says', () => {
    // 341 and 2^11 - 1 are pseudoprimes to base 2; the others are a Mersenne prime and its neighbours.
    const mersenne = (1n << 521n) - 1n;
    const random = Array.from({ length: 20 }, () => randomBits(600) | (1n << 599n) | 1n);
    for (const value of [
      341n,
      2047n,
      101n,
      mersenne,
      mersenne - 2n,
      mersenne * mersenne,
      ...random,
    ]) {
      const native = passesOnNode(value);
      expect(native === undefined || native === (bigintPower(2n, value - 1n, value) === 1n)).toBe(
        true,
      );
    }
    expect(passesOnNode(mersenne)).toBe(true);
    expect(passesOnNode(mersenne - 2n)).toBe(false);
  });

  it('is left to BigInt where OpenSSL refuses, and in browsers', () => {
    expect(passesOnNode((1n << 3072n) + 1n)).toBeUndefined();
    expect(passesPortably((1n << 521n) - 1n)).toBeUndefined();
  });
});
