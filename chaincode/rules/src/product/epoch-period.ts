import { VeilsumError, type Product } from '@veilsum/protocol';

export type EpochCalendar = Product['epochs']['calendar'];

/** A span of time in UTC, in milliseconds since 1970: from `startMs` to just before `endMs`. */
export interface EpochPeriod {
  readonly startMs: number;
  readonly endMs: number;
}

const DAY_MS = 86_400_000;

const forms: Readonly<Record<EpochCalendar, { pattern: RegExp; example: string }>> = {
  year: { pattern: /^(\d{4})$/, example: '2017' },
  quarter: { pattern: /^(\d{4})-Q([1-4])$/, example: '2017-Q1' },
  month: { pattern: /^(\d{4})-M(0[1-9]|1[0-2])$/, example: '2017-M01' },
  week: { pattern: /^(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])$/, example: '2017-W01' },
};

/**
 * The period that an epoch names: a calendar year, quarter or month, or an ISO 8601 week.
 * @throws {@link VeilsumError} INVALID_ARGUMENT when the name is not of this calendar, or the year has no
 * such week
 */
export function epochPeriod(calendar: EpochCalendar, epoch: string): EpochPeriod {
  const { pattern, example } = forms[calendar];
  const match = pattern.exec(epoch);
  if (match === null) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `The epoch ${epoch} is not a ${calendar} like ${example}.`,
    );
  }
  const year = Number(match[1]);
  const part = Number(match[2] ?? '1');
  return calendar === 'week' ? weekPeriod(year, part) : monthsPeriod(calendar, year, part);
}

const monthsOf = { year: 12, quarter: 3, month: 1 } as const;

function monthsPeriod(
  calendar: Exclude<EpochCalendar, 'week'>,
  year: number,
  part: number,
): EpochPeriod {
  const months = monthsOf[calendar];
  const first = (part - 1) * months;
  return {
    startMs: daysToMonth(year, first) * DAY_MS,
    endMs: daysToMonth(year, first + months) * DAY_MS,
  };
}

function weekPeriod(year: number, week: number): EpochPeriod {
  const start = firstMonday(year) + (week - 1) * 7;
  if (start >= firstMonday(year + 1)) {
    throw new VeilsumError('INVALID_ARGUMENT', `The year ${year} has no ISO week ${week}.`);
  }
  return { startMs: start * DAY_MS, endMs: (start + 7) * DAY_MS };
}

/** Days from 1970 to the Monday of ISO week 1, which is the week that holds January 4. */
function firstMonday(year: number): number {
  const fourth = daysToMonth(year, 0) + 3;
  // 1970-01-01 was a Thursday, three days after a Monday.
  return fourth - modulo(fourth + 3, 7);
}

const DAYS_TO_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

/** Days from 1970-01-01 to the first of a month; month 0 is January, 12 January of the next year. */
function daysToMonth(year: number, month: number): number {
  if (month >= 12) return daysToMonth(year + 1, month - 12);
  const leapDay = month >= 2 && isLeapYear(year) ? 1 : 0;
  return daysToYear(year) - daysToYear(1970) + (DAYS_TO_MONTH[month] ?? 0) + leapDay;
}

/** Days of the proleptic Gregorian calendar from the start of year 1 to that of a year. */
function daysToYear(year: number): number {
  const past = year - 1;
  return past * 365 + quotient(past, 4) - quotient(past, 100) + quotient(past, 400);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function quotient(value: number, divisor: number): number {
  return (value - modulo(value, divisor)) / divisor;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
