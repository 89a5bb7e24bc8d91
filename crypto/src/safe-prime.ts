import { generateSafePrime as generateOnPlatform } from '#platform/safe-prime';

import { ParameterError } from './errors.js';
import { bitLength } from './integer-encoding.js';

const BITS_MIN = 64;

/**
 * A secret random prime p = 2p' + 1 with p' prime, from the platform's secure source.
 * @param bits exact length of p, at least 64; its two highest bits are 1, so that the product of
 *   two has exactly 2·bits bits
 * @throws {@link ParameterError} on a shorter length
 */
export async function generateSafePrime(bits: number): Promise<bigint> {
  if (!Number.isSafeInteger(bits) || bits < BITS_MIN) {
    throw new ParameterError(`A safe prime has at least ${BITS_MIN} bits.`);
  }
  const prime = await generateOnPlatform(bits);
  if (bitLength(prime) !== bits || prime % 4n !== 3n) {
    throw new ParameterError('The platform gave no safe prime of that length.');
  }
  return prime;
}

/**
 * Two different safe primes of one length, searched for at the same time.
 * @param onFound told after each: 1, then 2
 * @throws {@link ParameterError} on a length below 64 bits
 */
export async function generateSafePrimePair(
  bits: number,
  onFound?: (found: number) => void,
): Promise<readonly [bigint, bigint]> {
  let found = 0;
  const search = async (): Promise<bigint> => {
    const prime = await generateSafePrime(bits);
    found += 1;
    onFound?.(found);
    return prime;
  };
  const [p, first] = await Promise.all([search(), search()]);
  let q = first;
  while (q === p) q = await generateSafePrime(bits);
  return [p, q];
}
