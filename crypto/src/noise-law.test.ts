import { ParameterError } from './errors.js';
import {
  halfWidth95,
  noiseProbability,
  noiseTail,
  noiseVariance,
  PROBABILITY_BITS,
} from './noise-law.js';

const SCALE = 2 ** PROBABILITY_BITS;

/** The law of the sum of samples by plain convolution in floating point, indexed from -reach. */
function convolved(rate: number, samples: number, reach: number): number[] {
  const q = Math.exp(-rate);
  const one = Array.from(
    { length: 2 * reach + 1 },
    (_unused, index) => ((1 - q) / (1 + q)) * q ** Math.abs(index - reach),
  );
  let law = one;
  for (let count = 1; count < samples; count += 1) {
    const sum = new Array<number>(2 * reach + 1).fill(0);
    for (const [x, left] of law.entries()) {
      for (const [y, right] of one.entries()) {
        const target = x + y - reach;
        if (target >= 0 && target <= 2 * reach) sum[target] = (sum[target] ?? 0) + left * right;
      }
    }
    law = sum;
  }
  return law;
}

describe.each([
  { sensitivity: 1n, epsilonMicro: 1_000_000n },
  { sensitivity: 2n, epsilonMicro: 693_147n },
  { sensitivity: 1n, epsilonMicro: 5_000_000n },
])('the law %p', (noise) => {
  const rate = Number(noise.epsilonMicro) / 1e6 / Number(noise.sensitivity);
  const reach = 150;

  it.each([1, 2, 3, 5])('agrees with the convolution of %i samples', (samples) => {
    const law = convolved(rate, samples, reach);
    let within = law[reach] ?? 0;
    let halfWidth: number | undefined;
    for (let bound = 0; bound < 40; bound += 1) {
      if (bound > 0) within += (law[reach - bound] ?? 0) + (law[reach + bound] ?? 0);
      expect(Number(noiseTail(noise, samples, BigInt(bound))) / SCALE).toBeCloseTo(1 - within, 12);
      if (within >= 0.95) halfWidth ??= bound;
    }
    expect(halfWidth95(samples, noise)).toBe(halfWidth);
    const variance = law.reduce((sum, p, index) => sum + p * (index - reach) ** 2, 0);
    expect(noiseVariance(samples, noise)).toBeCloseTo(variance, 9);
  });

  it('has probabilities that add up to 1', () => {
    let sum = noiseTail(noise, 1, 9n);
    for (let x = -9n; x <= 9n; x += 1n) sum += noiseProbability(noise, x);
    expect(Number(sum) / SCALE).toBeCloseTo(1, 15);
  });
});

describe('halfWidth95', () => {
  it('grows with the scale as the continuous law does', () => {
    // The 95 % point of |Laplace| is ln 20 times its scale.
    const halfWidth = halfWidth95(1, { sensitivity: 10n ** 12n, epsilonMicro: 1_000_000n });
    expect(halfWidth / 1e12).toBeCloseTo(Math.log(20), 9);
  });

  it('is 0 when the noise is almost always 0', () => {
    expect(halfWidth95(16, { sensitivity: 1n, epsilonMicro: 1_000_000_000n })).toBe(0);
  });

  it.each([0, 17, 1.5])('refuses %p samples', (samples) => {
    const noise = { sensitivity: 1n, epsilonMicro: 1n };
    expect(() => halfWidth95(samples, noise)).toThrow(ParameterError);
    expect(() => noiseVariance(samples, noise)).toThrow(ParameterError);
  });
});
