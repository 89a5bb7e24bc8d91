import fc from 'fast-check';

import { CONFLICT_PAUSES, OUTAGE_PAUSES, Patience, pause, pauseMs } from './retry-pause.js';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ranges = fc.constantFrom(OUTAGE_PAUSES, CONFLICT_PAUSES);

it('doubles up to its limit and never waits less than half of that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), ranges, chance, (failures, range, random) => {
      const longest = Math.min(range.firstMs * 2 ** (failures - 1), range.longestMs);
      const span = pauseMs(failures, range, random);
      expect(span).toBeGreaterThanOrEqual(longest / 2);
      expect(span).toBeLessThanOrEqual(longest);
    }),
  );
});

it('parts rivals', () => {
  const spans = Array.from({ length: 100 }, () => pauseMs(5, CONFLICT_PAUSES));
  expect(new Set(spans).size).toBeGreaterThan(90);
});

it('ends at once when it is aborted', async () => {
  const startMs = performance.now();
  await pause(1, { firstMs: 60_000, longestMs: 60_000 }, AbortSignal.abort());
  expect(performance.now() - startMs).toBeLessThan(1000);
});

it('is over when its time is', async () => {
  expect(new Patience(60_000).isOver).toBe(false);
  const short = new Patience(5);
  await pause(1, { firstMs: 20, longestMs: 20 }, new AbortController().signal);
  expect(short.isOver).toBe(true);
  expect(short.remainingMs).toBe(0);
});
