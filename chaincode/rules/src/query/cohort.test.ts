import fc from 'fast-check';
import {
  sampleCandidate,
  sampleId,
  type CandidateChanges,
} from '../../../../test/fakes/query-facts.js';
import { exactCohortOf, fixedExactCohort, stableCohort } from './cohort.js';
import { countLegalEntities, type CohortMember, type CountedPlan } from './query-facts.js';

function member(number: number, minCohort = 2, legalEntity = number): CohortMember {
  const change: CandidateChanges = {
    consent: { minCohort },
    contributor: { legalEntityId: `entity-${legalEntity}` },
  };
  const { consent, ...candidate } = sampleCandidate(number, change);
  if (consent === undefined) throw new Error('The sample has a consent.');
  return { ...candidate, consent };
}

const numbersOf = (cohort: readonly CohortMember[]) =>
  cohort.map(({ contribution }) => Number.parseInt(contribution.contributionId, 16));

describe('stableCohort', () => {
  test('lets those leave who want a larger cohort, until nobody has to', () => {
    const cohort = stableCohort([member(1), member(2, 4), member(3), member(4, 3)]);
    expect(numbersOf(cohort)).toEqual([1, 2, 3, 4]);
    expect(numbersOf(stableCohort([member(1), member(2, 4), member(3, 3)]))).toEqual([]);
    expect(numbersOf(stableCohort([member(1), member(2, 5), member(3, 3), member(4)]))).toEqual([
      1, 3, 4,
    ]);
  });

  test('counts legal entities and not members', () => {
    const shells = [member(1, 2, 9), member(2, 2, 9), member(3, 2, 9)];
    expect(stableCohort(shells)).toEqual([]);
    expect(numbersOf(stableCohort([...shells, member(4)]))).toEqual([1, 2, 3, 4]);
  });

  test('sorts by contribution', () => {
    expect(numbersOf(stableCohort([member(30), member(4), member(17)]))).toEqual([4, 17, 30]);
  });

  test('is the largest set in which everyone has what he wants', () => {
    const wishes = fc.array(
      fc.tuple(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 1, max: 4 })),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(wishes, (entries) => {
        const members = entries.map(([minCohort, entity], index) =>
          member(index + 1, minCohort, entity),
        );
        let largest: CohortMember[] = [];
        for (let mask = 0; mask < 1 << members.length; mask += 1) {
          const subset = members.filter((_member, index) => ((mask >> index) & 1) === 1);
          const size = countLegalEntities(subset);
          const content = subset.every(({ consent }) => consent.minCohort <= size);
          if (content && subset.length > largest.length) largest = subset;
        }
        expect(numbersOf(stableCohort(members))).toEqual(numbersOf(largest));
      }),
      { numRuns: 40 },
    );
  });
});

describe('exact cohorts', () => {
  const plan = (release: CountedPlan['release'], numbers: number[]): CountedPlan => ({
    queryId: sampleId(99) as CountedPlan['queryId'],
    release,
    cohort: numbers.map((number) => ({
      contributionId: member(number).contribution.contributionId,
      legalEntityId: member(number).contributor.legalEntityId,
    })),
  });

  test('are fixed by exact plans only', () => {
    expect(fixedExactCohort([plan('noisy', [1, 2])])).toBeUndefined();
    expect(fixedExactCohort([plan('noisy', [1]), plan('exact', [1, 2])])).toEqual(
      [1, 2].map((number) => member(number).contribution.contributionId),
    );
  });

  test('are taken whole or not at all', () => {
    const fixed = fixedExactCohort([plan('exact', [1, 2, 3])]) ?? [];
    const whole = exactCohortOf(
      [1, 2, 3, 4].map((number) => member(number)),
      fixed,
    );
    expect('missing' in whole ? [] : numbersOf(whole)).toEqual([1, 2, 3]);
    expect(exactCohortOf([member(1), member(3), member(4)], fixed)).toEqual({
      missing: [fixed[1]],
    });
  });

  test('are missed when a consent now wants a larger one', () => {
    const fixed = fixedExactCohort([plan('exact', [1, 2])]) ?? [];
    const found = exactCohortOf([member(1), member(2, 3), member(3)], fixed);
    expect(found).toEqual({ missing: fixed });
  });
});
