import fc from 'fast-check';
import { coverageValue, type CoveringContributor } from './coverage-value.js';
import { addFractions, fraction, type Fraction } from './fraction.js';

const contributor = (id: string, ...coverage: number[]): CoveringContributor => ({ id, coverage });
const valueOf = (cells: number[], contributors: CoveringContributor[]) =>
  new Map(coverageValue(cells, contributors).map(({ id, part }) => [id, part]));

/**
 * The Shapley value by its definition: over all orders, what each adds on arrival, averaged. The worth of
 * a coalition is its part of the cells that it covers; a cell nobody declares counts as everybody's.
 */
function shapleyByEnumeration(
  cells: readonly number[],
  contributors: readonly CoveringContributor[],
): Map<string, Fraction> {
  const declared = new Set(contributors.flatMap(({ coverage }) => coverage));
  const has = ({ coverage }: CoveringContributor, cell: number) =>
    !declared.has(cell) || coverage.includes(cell);
  const worth = (coalition: readonly CoveringContributor[]): bigint =>
    BigInt(cells.filter((cell) => coalition.some((one) => has(one, cell))).length);
  const n = contributors.length;
  const factorial = (k: number): bigint => (k <= 1 ? 1n : BigInt(k) * factorial(k - 1));
  const denominator = factorial(n) * BigInt(cells.length);
  return new Map(
    contributors.map((player) => {
      const others = contributors.filter((other) => other !== player);
      let sum = 0n;
      for (let mask = 0; mask < 1 << others.length; mask += 1) {
        const coalition = others.filter((_other, index) => ((mask >> index) & 1) === 1);
        const gain = worth([...coalition, player]) - worth(coalition);
        sum += factorial(coalition.length) * factorial(n - coalition.length - 1) * gain;
      }
      return [player.id, fraction(sum, denominator)];
    }),
  );
}

const cellsOf = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 });
const contributorsOf = fc
  .array(fc.uniqueArray(fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 8 })
  .map((coverages) => coverages.map((coverage, index) => contributor(`m${index}`, ...coverage)));

describe('coverageValue', () => {
  test('splits each cell among those who have it, and an undeclared one among all', () => {
    const value = valueOf(
      [0, 1, 2],
      [contributor('a', 0, 1), contributor('b', 1), contributor('c')],
    );
    // Cell 0 to a; cell 1 to a and b; cell 2 to all three.
    expect(value.get('a')).toEqual(fraction(11n, 18n));
    expect(value.get('b')).toEqual(fraction(5n, 18n));
    expect(value.get('c')).toEqual(fraction(1n, 9n));
  });

  test('is the Shapley value of the coverage game', () => {
    fc.assert(
      fc.property(cellsOf, contributorsOf, (cells, contributors) => {
        expect(valueOf(cells, contributors)).toEqual(shapleyByEnumeration(cells, contributors));
      }),
      { numRuns: 60 },
    );
  });

  test('gives out everything (efficiency)', () => {
    fc.assert(
      fc.property(cellsOf, contributorsOf, (cells, contributors) => {
        const parts = coverageValue(cells, contributors).map(({ part }) => part);
        expect(parts.reduce(addFractions)).toEqual(fraction(1n, 1n));
      }),
    );
  });

  test('treats equals equally (symmetry) and whoever adds nothing gets nothing (null player)', () => {
    fc.assert(
      fc.property(cellsOf, contributorsOf, (cells, contributors) => {
        const [first] = contributors;
        const twin = contributor('twin', ...(first?.coverage ?? []));
        const value = valueOf(cells, [...contributors, twin]);
        expect(value.get('twin')).toEqual(value.get('m0'));
        const outsider = contributor('outsider', 100);
        const everyCell = contributor('all', ...cells);
        const withOutsider = valueOf(cells, [...contributors, everyCell, outsider]);
        expect(withOutsider.get('outsider')).toEqual(fraction(0n, 1n));
      }),
    );
  });

  test('adds up over separate questions (additivity)', () => {
    fc.assert(
      fc.property(contributorsOf, (contributors) => {
        const value = valueOf([0, 1, 2, 3, 4], contributors);
        const left = valueOf([0, 1], contributors);
        const right = valueOf([2, 3, 4], contributors);
        for (const { id } of contributors) {
          const part = (of: ReadonlyMap<string, Fraction>, cells: bigint) => {
            const { numerator, denominator } = of.get(id) ?? fraction(0n, 1n);
            return fraction(numerator * cells, denominator * 5n);
          };
          expect(value.get(id)).toEqual(addFractions(part(left, 2n), part(right, 3n)));
        }
      }),
    );
  });

  test('counts one contributor with two contributions once', () => {
    const value = valueOf([0, 1], [contributor('a', 0), contributor('a', 1), contributor('b', 1)]);
    expect([...value]).toEqual([
      ['a', fraction(3n, 4n)],
      ['b', fraction(1n, 4n)],
    ]);
  });

  test('needs cells and contributors', () => {
    expect(() => coverageValue([], [contributor('a')])).toThrow('needs cells');
    expect(() => coverageValue([0], [])).toThrow('needs cells');
  });
});
