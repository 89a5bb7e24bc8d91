import fc from 'fast-check';
import { sampleCandidate } from '../../../../test/fakes/query-facts.js';
import { thinCoverage } from './group-coverage.js';

const member = (number: number, coverage: number[], entity = number) =>
  sampleCandidate(number, {
    contribution: { coverage },
    contributor: { legalEntityId: `entity-${entity}` },
  });
const group = (...cells: number[]) => ({ cells, key: {} });

describe('thinCoverage', () => {
  test('accepts cells that nobody has in a group that enough have', () => {
    const cohort = [member(1, [0]), member(2, [0]), member(3, [0])];
    expect(thinCoverage([group(0, 1)], cohort, 3)).toEqual([]);
  });

  test('finds a single cell of a group that is large enough together', () => {
    const cohort = [member(1, [0, 1]), member(2, [0, 1]), member(3, [0])];
    expect(thinCoverage([group(0, 1)], cohort, 3)).toEqual([
      { group: group(0, 1), cell: 1, legalEntities: 2 },
    ]);
  });

  test('finds a group that nobody has, and one without any declaration', () => {
    const cohort = [member(1, []), member(2, []), member(3, [])];
    expect(thinCoverage([group(0)], cohort, 3)).toEqual([{ group: group(0), legalEntities: 0 }]);
  });

  test('counts legal entities and not members', () => {
    const cohort = [member(1, [0], 7), member(2, [0], 7), member(3, [0], 8)];
    expect(thinCoverage([group(0)], cohort, 2)).toEqual([]);
    expect(thinCoverage([group(0)], cohort, 3)).toEqual([
      { group: group(0), legalEntities: 2 },
      { group: group(0), cell: 0, legalEntities: 2 },
    ]);
  });

  test('lets no difference of two accepted questions show fewer than minCohort', () => {
    const coverage = fc.array(fc.subarray([0, 1, 2, 3]), { minLength: 3, maxLength: 6 });
    const cells = fc.subarray([0, 1, 2, 3], { minLength: 1 });
    fc.assert(
      fc.property(coverage, cells, cells, (declared, left, right) => {
        const cohort = declared.map((cells, index) => member(index + 1, cells));
        const accepted = (chosen: number[]) =>
          thinCoverage([group(...chosen)], cohort, 3).length === 0;
        fc.pre(accepted(left) && accepted(right));
        const difference = [...left, ...right].filter(
          (cell) => left.includes(cell) !== right.includes(cell),
        );
        const having = declared.filter((cells) =>
          difference.some((cell) => cells.includes(cell)),
        ).length;
        expect(having === 0 || having >= 3).toBe(true);
      }),
    );
  });
});
