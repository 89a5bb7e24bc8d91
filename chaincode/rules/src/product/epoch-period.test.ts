import fc from 'fast-check';
import { epochPeriod } from './epoch-period.js';

const iso = ({ startMs, endMs }: { startMs: number; endMs: number }) =>
  [startMs, endMs].map((time) => new Date(time).toISOString().slice(0, 10));

describe('epochPeriod', () => {
  it.each([
    ['year', '2017', '2017-01-01', '2018-01-01'],
    ['quarter', '2017-Q1', '2017-01-01', '2017-04-01'],
    ['quarter', '2024-Q1', '2024-01-01', '2024-04-01'],
    ['quarter', '2017-Q4', '2017-10-01', '2018-01-01'],
    ['month', '2024-M02', '2024-02-01', '2024-03-01'],
    ['month', '1900-M02', '1900-02-01', '1900-03-01'],
    ['month', '2017-M12', '2017-12-01', '2018-01-01'],
    ['week', '2017-W01', '2017-01-02', '2017-01-09'],
    ['week', '2020-W53', '2020-12-28', '2021-01-04'],
    ['week', '2021-W01', '2021-01-04', '2021-01-11'],
    ['week', '2026-W01', '2025-12-29', '2026-01-05'],
  ] as const)('reads the %s %s', (calendar, epoch, start, end) => {
    expect(iso(epochPeriod(calendar, epoch))).toEqual([start, end]);
  });

  it.each([
    ['quarter', '2017'],
    ['quarter', '2017-Q5'],
    ['quarter', '2017-Q0'],
    ['year', '2017-Q1'],
    ['month', '2017-M13'],
    ['month', '2017-M00'],
    ['week', '2017-W54'],
    ['week', '2021-W53'],
    ['year', '17'],
  ] as const)('refuses the %s %s', (calendar, epoch) => {
    expect(() => epochPeriod(calendar, epoch)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  });

  it('agrees with the calendar of the platform on months', () => {
    const year = fc.integer({ min: 1900, max: 2400 });
    const month = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(year, month, (inYear, inMonth) => {
        const epoch = `${inYear}-M${String(inMonth).padStart(2, '0')}`;
        expect(epochPeriod('month', epoch)).toEqual({
          startMs: Date.UTC(inYear, inMonth - 1, 1),
          endMs: Date.UTC(inYear, inMonth, 1),
        });
      }),
    );
  });

  it('lays the weeks of a year end to end, each from Monday, its Thursday in that year', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1900, max: 2400 }), (year) => {
        const weeks: number[] = [];
        for (let week = 1; week <= 53; week += 1) {
          try {
            const epoch = `${year}-W${String(week).padStart(2, '0')}`;
            weeks.push(epochPeriod('week', epoch).startMs);
          } catch {
            expect(week).toBe(53);
          }
        }
        weeks.forEach((start, position) => {
          expect(new Date(start).getUTCDay()).toBe(1);
          expect(new Date(start + 3 * 86_400_000).getUTCFullYear()).toBe(year);
          if (position > 0) expect(start - (weeks[position - 1] ?? 0)).toBe(7 * 86_400_000);
        });
        // The week after the last one belongs to the next year.
        const next = (weeks.at(-1) ?? 0) + 10 * 86_400_000;
        expect(new Date(next).getUTCFullYear()).toBe(year + 1);
      }),
      { numRuns: 200 },
    );
  });
});
