import { planeSchema } from '@veilsum/protocol';
import fc from 'fast-check';
import { sampleProduct } from '../../../contracts/src/testing/sample-objects.js';
import { measureNames, planeBounds, sensitivity } from './plane-bounds.js';

function product(bounds: Record<string, readonly [bigint, bigint]>, maxCellsPerUnit = 1) {
  return sampleProduct({
    measures: [
      ...Object.entries(bounds).map(([name, [lower, upper]]) => ({
        name,
        unit: 'cent',
        lower: String(lower),
        upper: String(upper),
      })),
      { name: 'open', unit: 'cent' },
    ],
    privacyUnit: { name: 'household', maxCellsPerUnit },
  });
}

function plane(statistic: string, measure?: string) {
  const named = measure === undefined ? {} : { measure };
  return planeSchema.parse({ name: 'p', statistic, span: 'lane', valueBits: 40, ...named });
}

describe('planeBounds', () => {
  it('is [0, 1] for count and none for what has no bounds', () => {
    const open = product({ a: [-3n, 2n] });
    expect(planeBounds(open, plane('count'))).toEqual({ lower: 0n, upper: 1n });
    expect(planeBounds(open, plane('total', 'a'))).toBeUndefined();
    expect(planeBounds(open, plane('sum', 'open'))).toBeUndefined();
    expect(planeBounds(open, plane('sumSquares', 'open'))).toBeUndefined();
    expect(planeBounds(open, plane('sumProduct', 'a,open'))).toBeUndefined();
    expect(planeBounds(open, plane('sum', 'nothing'))).toBeUndefined();
  });

  it('equals the extremes over all values, for sums, squares and products', () => {
    const interval = fc
      .tuple(fc.bigInt({ min: -12n, max: 12n }), fc.bigInt({ min: -12n, max: 12n }))
      .map(([one, two]) => (one < two ? ([one, two] as const) : ([two, one] as const)));
    fc.assert(
      fc.property(interval, interval, (a, b) => {
        const bounded = product({ a, b });
        expect(planeBounds(bounded, plane('sum', 'a'))).toEqual({ lower: a[0], upper: a[1] });
        expect(planeBounds(bounded, plane('sumSquares', 'a'))).toEqual(
          extremes(valuesOf(a).map((x) => x * x)),
        );
        expect(planeBounds(bounded, plane('sumProduct', 'a,b'))).toEqual(
          extremes(valuesOf(a).flatMap((x) => valuesOf(b).map((y) => x * y))),
        );
      }),
    );
  });

  it('stays exact where numbers would not', () => {
    const wide = product({ a: [0n, 2n ** 60n + 1n] });
    expect(planeBounds(wide, plane('sumSquares', 'a'))?.upper).toBe((2n ** 60n + 1n) ** 2n);
  });
});

describe('sensitivity', () => {
  it('is the larger magnitude times the cells of a unit, for both spans', () => {
    const bounded = product({ a: [-5n, 3n], b: [1n, 4n] }, 3);
    expect(sensitivity(bounded, plane('count'))).toBe(3n);
    expect(sensitivity(bounded, plane('sum', 'a'))).toBe(15n);
    expect(sensitivity(bounded, { ...plane('sum', 'a'), span: 'epoch' })).toBe(15n);
    expect(sensitivity(bounded, plane('sumSquares', 'a'))).toBe(75n);
    expect(sensitivity(bounded, plane('sumProduct', 'a,b'))).toBe(60n);
  });

  it('is refused for a plane without bounds', () => {
    expect(() => sensitivity(product({ a: [0n, 1n] }), plane('total', 'a'))).toThrow(
      expect.objectContaining({ code: 'FUNCTION_NOT_ALLOWED' }) as Error,
    );
  });
});

describe('measureNames', () => {
  it('reads none, one or two names', () => {
    expect(measureNames(plane('count'))).toEqual([]);
    expect(measureNames(plane('sum', 'a'))).toEqual(['a']);
    expect(measureNames(plane('sumProduct', 'a,b'))).toEqual(['a', 'b']);
  });
});

function valuesOf([lower, upper]: readonly [bigint, bigint]): bigint[] {
  return Array.from({ length: Number(upper - lower) + 1 }, (_, step) => lower + BigInt(step));
}

function extremes(values: readonly bigint[]) {
  const sorted = [...values].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return { lower: sorted[0], upper: sorted.at(-1) };
}
