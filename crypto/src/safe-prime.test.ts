import { checkPrimeSync } from 'node:crypto';

import { ParameterError } from './errors.js';
import { bitLength } from './integer-encoding.js';
import { generateSafePrime as generatePortably } from './platform/portable/safe-prime.js';
import { generateSafePrime, generateSafePrimePair } from './safe-prime.js';

function expectSafePrime(prime: bigint, bits: number): void {
  expect(bitLength(prime)).toBe(bits);
  expect(prime >> BigInt(bits - 2)).toBe(3n);
  expect(checkPrimeSync(prime)).toBe(true);
  expect(checkPrimeSync((prime - 1n) / 2n)).toBe(true);
}

describe('generateSafePrime', () => {
  it.each([64, 128, 256])('gives p and (p - 1) / 2 prime of %i bits', async (bits) => {
    expectSafePrime(await generateSafePrime(bits), bits);
  });

  it.each([64, 65, 96, 160])('does so without OpenSSL, at %i bits', async (bits) => {
    expectSafePrime(await generatePortably(bits), bits);
  });

  it.each([63, 0, 128.5])('refuses %p bits', async (bits) => {
    await expect(generateSafePrime(bits)).rejects.toThrow(ParameterError);
  });
});

describe('generateSafePrimePair', () => {
  it('gives two different ones and says when each is found', async () => {
    const found: number[] = [];
    const [p, q] = await generateSafePrimePair(128, (count) => found.push(count));
    expectSafePrime(p, 128);
    expectSafePrime(q, 128);
    expect(p).not.toBe(q);
    expect(bitLength(p * q)).toBe(256);
    expect(found).toEqual([1, 2]);
  });
});
