import { createHash } from 'node:crypto';

import fc from 'fast-check';

import type { NoiseLaw, RandomBelow } from './discrete-laplace.js';
import { hasNoiseRoom, noiseRate, sampleDiscreteLaplace } from './discrete-laplace.js';
import { ParameterError } from './errors.js';
import { noiseProbability, noiseTail, PROBABILITY_BITS } from './noise-law.js';

/** A uniform source that repeats: SHA-256 in counter mode with rejection. */
function seededRandom(seed: string): RandomBelow {
  let counter = 0;
  return (bound) => {
    const bits = BigInt((bound - 1n).toString(2).length);
    for (;;) {
      const digest = createHash('sha256').update(`${seed}/${counter}`).digest('hex');
      counter += 1;
      const candidate = BigInt(`0x${digest}`) & ((1n << bits) - 1n);
      if (candidate < bound) return candidate;
    }
  };
}

const SCALE = 2 ** PROBABILITY_BITS;

/** Cells -reach..reach and one for everything beyond. */
function chiSquared(law: NoiseLaw, samples: readonly bigint[], reach: number): number {
  const counts = new Map<bigint | 'beyond', number>();
  for (const sample of samples) {
    const cell = sample > BigInt(reach) || sample < -BigInt(reach) ? 'beyond' : sample;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const term = (count: number, probability: bigint): number => {
    const expected = (samples.length * Number(probability)) / SCALE;
    return (count - expected) ** 2 / expected;
  };
  let sum = term(counts.get('beyond') ?? 0, noiseTail(law, 1, BigInt(reach)));
  for (let x = -reach; x <= reach; x += 1) {
    sum += term(counts.get(BigInt(x)) ?? 0, noiseProbability(law, BigInt(x)));
  }
  return sum;
}

describe('sampleDiscreteLaplace', () => {
  // Critical values of chi-squared at 0.999 for 2·reach + 1 degrees of freedom.
  it.each([
    { law: { sensitivity: 1n, epsilonMicro: 1_000_000n }, reach: 5, critical: 31.264 },
    { law: { sensitivity: 1n, epsilonMicro: 3_000_000n }, reach: 2, critical: 20.515 },
    { law: { sensitivity: 3n, epsilonMicro: 700_001n }, reach: 12, critical: 52.62 },
  ])('follows the exact law $law', ({ law, reach, critical }) => {
    const random = seededRandom('veilsum-laplace');
    const samples = Array.from({ length: 20_000 }, () => sampleDiscreteLaplace(law, random));
    expect(chiSquared(law, samples, reach)).toBeLessThan(critical);
    // The test has power: a law that is off by 5 % in ε fails it.
    const other = { ...law, epsilonMicro: (law.epsilonMicro * 21n) / 20n };
    expect(chiSquared(other, samples, reach)).toBeGreaterThan(critical);
  });

  it('asks its source for uniform integers only, so that a seed repeats it', () => {
    const law = { sensitivity: 5000n, epsilonMicro: 333_333n };
    const draw = (): bigint[] => {
      const random = seededRandom('again');
      return Array.from({ length: 20 }, () => sampleDiscreteLaplace(law, random));
    };
    expect(draw()).toEqual(draw());
  });

  it('draws from the secure source by default', () => {
    const law = { sensitivity: 1_000_000_000_000n, epsilonMicro: 1_000_000n };
    const drawn = new Set(Array.from({ length: 10 }, () => sampleDiscreteLaplace(law)));
    expect(drawn.size).toBe(10);
  });

  it('refuses a law without noise', () => {
    expect(() => sampleDiscreteLaplace({ sensitivity: 0n, epsilonMicro: 1n })).toThrow(
      ParameterError,
    );
    expect(() => sampleDiscreteLaplace({ sensitivity: 1n, epsilonMicro: 0n })).toThrow(
      ParameterError,
    );
  });
});

describe('noiseRate', () => {
  it('is ε/Δ₁ in lowest terms', () => {
    expect(noiseRate({ sensitivity: 5n, epsilonMicro: 500_000n })).toEqual({
      numerator: 1n,
      denominator: 10n,
    });
  });
});

describe('hasNoiseRoom', () => {
  it('is the strict inequality of the protocol', () => {
    const positive = fc.bigInt({ min: 1n, max: 2n ** 60n });
    fc.assert(
      fc.property(
        positive,
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        fc.integer({ min: 2, max: 16 }),
        fc.integer({ min: 1, max: 100 }),
        (sensitivity, epsilonMicro, l, valueBits) => {
          const left = 64n * BigInt(l) * sensitivity * 1_000_000n;
          const right = epsilonMicro * 2n ** BigInt(valueBits - 1);
          expect(hasNoiseRoom({ sensitivity, epsilonMicro, l, valueBits })).toBe(left < right);
        },
      ),
    );
  });

  it('refuses parameters below 1', () => {
    const good = { sensitivity: 1n, epsilonMicro: 1n, l: 3, valueBits: 24 };
    for (const change of [{ l: 0 }, { valueBits: 0 }, { sensitivity: 0n }, { epsilonMicro: 0n }]) {
      expect(() => hasNoiseRoom({ ...good, ...change })).toThrow(ParameterError);
    }
  });
});
