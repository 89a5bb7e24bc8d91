import fc from 'fast-check';
import {
  meanEstimate,
  plainEstimate,
  ratioEstimate,
  shareEstimates,
  standardDeviationEstimate,
  varianceEstimate,
  type Estimate,
  type NoisySlot,
} from './estimate.js';

const slot = (value: bigint, variance = 0, halfWidth95 = 0): NoisySlot => ({
  value,
  variance,
  halfWidth95,
});

/** Seeded normal numbers (mulberry32 and Box–Muller), independent of the code under test. */
function normalSource(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Standard deviation of a statistic whose slots get fresh noise in each of many trials. */
function simulatedError(
  slots: readonly NoisySlot[],
  statistic: (values: readonly bigint[]) => number,
): number {
  const normal = normalSource(7);
  const results = Array.from({ length: 20_000 }, () =>
    statistic(slots.map((s) => s.value + BigInt(Math.round(normal() * Math.sqrt(s.variance))))),
  );
  const mean = results.reduce((a, b) => a + b, 0) / results.length;
  return Math.sqrt(results.reduce((a, b) => a + (b - mean) ** 2, 0) / results.length);
}

const errorOf = (estimate: Estimate | undefined) => {
  if (estimate === undefined) throw new Error('no estimate');
  return estimate.standardError;
};

const count = slot(10_000n, 900);
const sum = slot(5_000_000n, 4_000_000);
const squares = slot(4_000_000_000n, 1e12);

test('a plain slot keeps its value and the interval of its exact law', () => {
  expect(plainEstimate(slot(-12n, 16, 9))).toEqual({
    value: -12,
    standardError: 4,
    lower95: -21,
    upper95: -3,
  });
});

test('without noise every derived statistic is the textbook one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }), (values) => {
      const n = values.length;
      const total = values.reduce((a, b) => a + b, 0);
      const sumSquares = values.reduce((a, b) => a + b * b, 0);
      const mean = total / n;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
      const [q, s, c] = [sumSquares, total, n].map((x) => slot(BigInt(x)));
      if (q === undefined || s === undefined || c === undefined) throw new Error('unreachable');
      expect(meanEstimate(s, c)?.value).toBeCloseTo(mean, 9);
      const estimate = varianceEstimate(q, s, c);
      if (estimate !== undefined) {
        expect(Math.abs(estimate.value - variance)).toBeLessThan(1e-6 * (1 + sumSquares));
        expect(estimate.standardError).toBe(0);
      }
    }),
  );
});

test('the delta method agrees with simulated noise within 5 %', () => {
  const cases: [Estimate | undefined, NoisySlot[], (v: readonly bigint[]) => number][] = [
    [ratioEstimate(sum, count), [sum, count], ([a, b]) => Number(a) / Number(b)],
    [
      varianceEstimate(squares, sum, count),
      [squares, sum, count],
      ([q, s, n]) => Number(q) / Number(n) - (Number(s) / Number(n)) ** 2,
    ],
    [
      standardDeviationEstimate(varianceEstimate(squares, sum, count)),
      [squares, sum, count],
      ([q, s, n]) => Math.sqrt(Number(q) / Number(n) - (Number(s) / Number(n)) ** 2),
    ],
    [
      shareEstimates([slot(700n, 100), slot(300n, 100), slot(200n, 100)])[0],
      [slot(700n, 100), slot(300n, 100), slot(200n, 100)],
      (v) => Number(v[0]) / v.reduce((a, b) => a + Number(b), 0),
    ],
  ];
  for (const [estimate, slots, statistic] of cases) {
    const error = errorOf(estimate);
    expect(Math.abs(simulatedError(slots, statistic) / error - 1)).toBeLessThan(0.05);
  }
});

test('where the denominator is not positive nothing is shown', () => {
  expect(meanEstimate(sum, slot(0n, 1))).toBeUndefined();
  expect(ratioEstimate(sum, slot(-3n, 1))).toBeUndefined();
  expect(varianceEstimate(slot(1n), slot(100n), slot(10n))).toBeUndefined();
  expect(standardDeviationEstimate(undefined)).toBeUndefined();
  expect(shareEstimates([slot(5n), slot(-5n)])).toEqual([undefined, undefined]);
});
