import { legalEntityIdSchema, contributionIdSchema, queryIdSchema } from '@veilsum/protocol';
import fc from 'fast-check';
import { sampleId } from '../../../../test/fakes/query-facts.js';
import { narrowDifferences } from './differencing.js';
import type { CountedContribution } from './query-facts.js';

const queryId = queryIdSchema.parse(sampleId(1));
const contribution = (number: number, entity = number): CountedContribution => ({
  contributionId: contributionIdSchema.parse(sampleId(number)),
  legalEntityId: legalEntityIdSchema.parse(`entity-${entity}`),
});
const cohort = (...numbers: number[]) => numbers.map((number) => contribution(number));
const against = (left: CountedContribution[], right: CountedContribution[], minCohort = 3) =>
  narrowDifferences(left, [{ queryId, release: 'noisy', cohort: right }], minCohort);

describe('narrowDifferences', () => {
  test('accepts the same cohort and none before', () => {
    expect(against(cohort(1, 2, 3), cohort(3, 2, 1))).toEqual([]);
    expect(narrowDifferences(cohort(1, 2, 3), [], 3)).toEqual([]);
  });

  test('finds one less, one more, and one exchanged', () => {
    expect(against(cohort(1, 2, 3), cohort(1, 2, 3, 4))).toEqual([{ queryId, legalEntities: 1 }]);
    expect(against(cohort(1, 2, 3, 4), cohort(1, 2, 3))).toEqual([{ queryId, legalEntities: 1 }]);
    expect(against(cohort(1, 2, 3), cohort(1, 2, 4))).toEqual([{ queryId, legalEntities: 2 }]);
  });

  test('accepts a difference of exactly minCohort legal entities', () => {
    const more = cohort(1, 2, 3, 4, 5, 6);
    expect(against(cohort(1, 2, 3), more, 3)).toEqual([]);
    expect(against(cohort(1, 2, 3), more, 4)).toEqual([{ queryId, legalEntities: 3 }]);
  });

  test('counts legal entities and not contributions', () => {
    const shells = [contribution(4, 9), contribution(5, 9), contribution(6, 9)];
    expect(against(cohort(1, 2, 3), [...cohort(1, 2, 3), ...shells])).toEqual([
      { queryId, legalEntities: 1 },
    ]);
  });

  test('sees through another version, which holds the same data under other ids', () => {
    const version1 = [contribution(1, 1), contribution(2, 2), contribution(3, 3)];
    const version2 = [11, 12, 13, 14].map((number) => contribution(number, number - 10));
    expect(against(version2, version1)).toEqual([{ queryId, legalEntities: 1 }]);
    expect(against(version2.slice(0, 3), version1)).toEqual([]);
  });

  test('sees a correction of one contribution', () => {
    const before = cohort(1, 2, 3, 4);
    const after = [...cohort(1, 2, 3), contribution(40, 4)];
    expect(against(after, before)).toEqual([{ queryId, legalEntities: 1 }]);
  });

  test('does not depend on which plan came first', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 2, max: 9 }), (left, right, minCohort) => {
        const there = against(cohort(...left), cohort(...right), minCohort);
        expect(against(cohort(...right), cohort(...left), minCohort)).toEqual(there);
        const differing = [...left, ...right].filter(
          (number) => left.includes(number) !== right.includes(number),
        ).length;
        expect(there.length === 1).toBe(differing >= 1 && differing < minCohort);
      }),
    );
  });
});
