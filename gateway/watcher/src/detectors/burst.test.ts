import fc from 'fast-check';
import { burstsOf } from './burst.js';

const rule = { count: 3, withinMs: 100 };

describe('a burst', () => {
  it.each<[string, number[], object[]]>([
    ['is none with one event too few', [0, 1], []],
    ['is none when the first lies a millisecond too far back', [0, 50, 101], []],
    ['begins exactly at the limit', [0, 50, 100], [{ from: 0, to: 100, size: 3 }]],
    ['goes on as long as each comes in time', [0, 1, 2, 102], [{ from: 0, to: 102, size: 4 }]],
    ['ends when one comes too late', [0, 1, 2, 103], [{ from: 0, to: 2, size: 3 }]],
    ['does not count what came long before', [0, 200, 201, 202], [{ from: 200, to: 202, size: 3 }]],
    [
      'can be followed by another',
      [0, 1, 2, 500, 501, 502],
      [
        { from: 0, to: 2, size: 3 },
        { from: 500, to: 502, size: 3 },
      ],
    ],
    ['does not depend on the order', [2, 0, 1], [{ from: 0, to: 2, size: 3 }]],
    ['can be of one moment', [5, 5, 5], [{ from: 5, to: 5, size: 3 }]],
  ])('%s', (_what, times, expected) => {
    expect(burstsOf(times, rule)).toEqual(expected);
  });

  it('is there exactly if some events lie within the time, and bursts never overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 }),
        fc.integer({ min: 2, max: 5 }),
        (times, count) => {
          const bursts = burstsOf(times, { count, withinMs: 100 });
          const isThere = times.some(
            (start) => times.filter((at) => at >= start && at <= start + 100).length >= count,
          );
          expect(bursts.length > 0).toBe(isThere);
          for (const [index, { from, to, size }] of bursts.entries()) {
            expect(times.filter((at) => at >= from && at <= to)).toHaveLength(size);
            expect(from).toBeGreaterThan(bursts[index - 1]?.to ?? -1);
          }
        },
      ),
    );
  });

  it('keeps its beginning as it goes on', () => {
    const growing = [0, 10, 20, 90, 150, 240];
    const beginnings = growing.map(
      (_, index) => burstsOf(growing.slice(0, index + 1), rule)[0]?.from,
    );
    expect(new Set(beginnings.filter((from) => from !== undefined))).toEqual(new Set([0]));
  });
});
