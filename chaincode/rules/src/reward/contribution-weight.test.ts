import { contributionWeight } from './contribution-weight.js';

const DAY = 86_400_000;
const scheme = {
  quality: { base: 2, declaredCoverage: 3, agreedOpening: 5 },
  freshness: [
    { ageDaysMax: 10, weight: 7 },
    { ageDaysMax: 20, weight: 4 },
  ],
};
const contribution = { coverage: [1], registeredAt: 100, agreedOpening: true };
const weight = (change: Partial<typeof contribution>, ageMs = 0) =>
  contributionWeight({ ...contribution, ...change }, scheme, 100 + ageMs);

test('is 1 without a scheme', () => {
  expect(contributionWeight(contribution, undefined, 5)).toBe(1n);
});

test.each([
  [{}, 10],
  [{ coverage: [] }, 7],
  [{ agreedOpening: false }, 5],
  [{ coverage: [], agreedOpening: false }, 2],
])('multiplies freshness by what can be checked: %j', (change, quality) => {
  expect(weight(change)).toBe(BigInt(quality * 7));
});

test.each([
  [0, 7],
  [11 * DAY - 1, 7],
  [11 * DAY, 4],
  [21 * DAY - 1, 4],
  [21 * DAY, 1],
  [4000 * DAY, 1],
])('counts whole days of age: %i ms', (age, freshness) => {
  expect(weight({}, age)).toBe(BigInt(10 * freshness));
});
