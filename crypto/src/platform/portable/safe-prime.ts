import { isProbablyPrime } from 'bigint-crypto-utils';

import { randomBits } from '../../random.js';

/** How many odd candidates one sieve covers; safe primes of 1,536 bits are about 300,000 apart. */
const SIEVE_LENGTH = 65_536;
const SIEVE_PRIME_MAX = 65_536;

/** FIPS 186-5, table B.1, asks for less; a test takes little beside the search. */
const MILLER_RABIN_ROUNDS = 24;

function oddPrimesUpTo(bound: number): number[] {
  const composite = new Uint8Array(bound + 1);
  const primes: number[] = [];
  for (let candidate = 3; candidate <= bound; candidate += 2) {
    if (composite[candidate] === 1) continue;
    primes.push(candidate);
    for (let multiple = candidate ** 2; multiple <= bound; multiple += 2 * candidate) {
      composite[multiple] = 1;
    }
  }
  return primes;
}

function strike(struck: Uint8Array, first: number, prime: number): void {
  for (let position = first; position < struck.length; position += prime) struck[position] = 1;
}

/** Positions k for which neither start + 2k nor its safe prime 2·(start + 2k) + 1 has a small factor. */
function sieve(start: bigint, primes: readonly number[]): number[] {
  const struck = new Uint8Array(SIEVE_LENGTH);
  for (const prime of primes) {
    const residue = Number(start % BigInt(prime));
    const half = (prime + 1) / 2;
    // start + 2k ≡ 0, and start + 2k ≡ -1/2 = (prime - 1)/2, both solved for k by 1/2 = (prime + 1)/2.
    strike(struck, ((prime - residue) * half) % prime, prime);
    strike(struck, (((prime - 1) / 2 + prime - residue) * half) % prime, prime);
  }
  return Array.from(struck.keys()).filter((position) => struck[position] === 0);
}

/** One round rules out nearly every composite, so that the long tests run about once. */
async function isSafePrimeHalf(half: bigint): Promise<boolean> {
  const prime = 2n * half + 1n;
  return (
    (await isProbablyPrime(half, 1, true)) &&
    (await isProbablyPrime(prime, MILLER_RABIN_ROUNDS, true)) &&
    isProbablyPrime(half, MILLER_RABIN_ROUNDS, true)
  );
}

/**
 * A secret random safe prime p = 2p' + 1 in JavaScript: from a random start the first p' in a
 * sieved interval for which p' and p are prime.
 * @param bits exact length, at least 64; the two highest bits are 1
 */
export async function generateSafePrime(bits: number): Promise<bigint> {
  const primes = oddPrimesUpTo(Math.min(SIEVE_PRIME_MAX, 2 ** Math.min(20, bits / 4)));
  for (;;) {
    const start = randomBits(bits - 1) | (3n << BigInt(bits - 3)) | 1n;
    for (const position of sieve(start, primes)) {
      const half = start + 2n * BigInt(position);
      if (half >> BigInt(bits - 1) !== 0n) break;
      if (await isSafePrimeHalf(half)) return 2n * half + 1n;
    }
  }
}
