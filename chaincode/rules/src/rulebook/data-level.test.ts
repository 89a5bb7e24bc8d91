import { sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import { higherLevel, levelOfProduct, levelOfResult, type DataLevel } from './data-level.js';
import { versionInForce } from './version-in-force.js';

const rulebook = sampleRulebook({
  levels: {
    byTag: [
      { tag: 'map', level: 'important' },
      { tag: 'base', level: 'core' },
      { tag: 'toy', level: 'general' },
    ],
    aggregated: { minCohort: 5, minGroupCells: 2 },
  },
});
const product = (classification: DataLevel, tags: string[] = []) => ({ classification, tags });

test('the higher level protects more', () => {
  const levels: DataLevel[] = ['general', 'important', 'core'];
  for (const [left, level] of levels.entries()) {
    for (const [right, other] of levels.entries()) {
      expect(higherLevel(level, other)).toBe(levels[Math.max(left, right)]);
    }
  }
});

test('a product has the highest level that applies', () => {
  expect(levelOfProduct(product('general'), rulebook)).toBe('general');
  expect(levelOfProduct(product('general', ['map']), rulebook)).toBe('important');
  expect(levelOfProduct(product('important', ['toy']), rulebook)).toBe('important');
  expect(levelOfProduct(product('general', ['toy', 'base', 'map']), rulebook)).toBe('core');
  expect(levelOfProduct(product('general', ['base']), undefined)).toBe('general');
});

test('a noisy statistic of important data is general from both thresholds on', () => {
  const facts = { release: 'noisy', cohortSize: 5, leastGroupCells: 2 } as const;
  const of = (change: object, level: DataLevel = 'important') =>
    levelOfResult(product(level), { ...facts, ...change }, rulebook);
  expect(of({})).toBe('general');
  expect(of({ cohortSize: 4 })).toBe('important');
  expect(of({ leastGroupCells: 1 })).toBe('important');
  expect(of({ release: 'exact' })).toBe('important');
  expect(of({ release: 'exact' }, 'general')).toBe('general');
  expect(of({}, 'core')).toBe('core');
  expect(levelOfResult(product('general', ['map']), { ...facts, cohortSize: 4 }, rulebook)).toBe(
    'important',
  );
});

test('the highest version whose time has come is in force', () => {
  const versions = [
    { version: 2, inForceFrom: 50 },
    { version: 1, inForceFrom: 10 },
    { version: 3, inForceFrom: 40 },
  ];
  expect(versionInForce(versions, 9)).toBeUndefined();
  expect(versionInForce(versions, 10)?.version).toBe(1);
  expect(versionInForce(versions, 39)?.version).toBe(1);
  expect(versionInForce(versions, 40)?.version).toBe(3);
  expect(versionInForce(versions, 50)?.version).toBe(3);
});
