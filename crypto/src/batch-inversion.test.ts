import fc from 'fast-check';

import { invertAll } from './batch-inversion.js';
import { ParameterError } from './errors.js';

const PRIME = 2n ** 127n - 1n;

describe('invertAll', () => {
  it('gives for each value what multiplies with it to 1', () => {
    const values = fc.array(fc.bigInt({ min: 1n, max: PRIME - 1n }), { minLength: 1 });
    fc.assert(
      fc.property(values, (units) => {
        const inverses = invertAll(units, PRIME);
        expect(inverses).toHaveLength(units.length);
        for (const [position, unit] of units.entries()) {
          const inverse = inverses[position] ?? 0n;
          expect((unit * inverse) % PRIME).toBe(1n);
          expect(inverse > 0n && inverse < PRIME).toBe(true);
        }
      }),
    );
  });

  it('takes negative values and none at all', () => {
    expect(invertAll([-2n, 3n], 7n)).toEqual([3n, 5n]);
    expect(invertAll([], 7n)).toEqual([]);
  });

  it('refuses when one value has no inverse', () => {
    expect(() => invertAll([2n, 3n, 4n], 15n)).toThrow(ParameterError);
  });
});
