import { generatePrime } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(
  (bits: number, done: (error: Error | null, prime: bigint) => void): void => {
    generatePrime(bits, { safe: true, bigint: true }, (error, prime) => {
      done(error, prime);
    });
  },
);

/**
 * A secret random safe prime by OpenSSL, on a thread of the pool, so that several run at once.
 * @param bits exact length; the two highest bits are 1
 */
export function generateSafePrime(bits: number): Promise<bigint> {
  return generate(bits);
}
