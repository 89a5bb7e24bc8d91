import type { FaultRecord } from './fault-run.js';

const COLUMNS = [
  'fault',
  'rounds',
  'away',
  'submit gap',
  'event gap',
  'query',
  'retried',
  'unknown',
];

/**
 * A table of all faults, one line a kind; times in seconds, each as median / longest.
 * @returns lines of text
 */
export function faultTable(records: readonly FaultRecord[]): string {
  const kinds = [...new Set(records.map(({ fault }) => fault))];
  const rows = [
    COLUMNS,
    ...kinds.map((kind) => rowOf(records.filter(({ fault }) => fault === kind))),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => cell(row, column).length)),
  );
  return rows
    .map((row) =>
      widths
        .map((width, column) => cell(row, column).padEnd(width))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rowOf(records: readonly FaultRecord[]): string[] {
  return [
    records[0]?.fault ?? '',
    String(records.length),
    seconds(records.map(({ awayMs }) => awayMs)),
    seconds(records.map(({ submitGapMs }) => submitGapMs)),
    seconds(records.map(({ eventGapMs }) => eventGapMs)),
    seconds(records.flatMap(({ queryMs }) => (queryMs === undefined ? [] : [queryMs]))),
    sum(records.map(({ interruptions }) => interruptions)),
    sum(records.map(({ unknown }) => unknown)),
  ];
}

function seconds(timesMs: readonly number[]): string {
  if (timesMs.length === 0) return '–';
  const sorted = timesMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return [median, sorted.at(-1) ?? 0].map((timeMs) => (timeMs / 1000).toFixed(1)).join(' / ');
}

const sum = (counts: readonly number[]) =>
  String(counts.reduce((total, count) => total + count, 0));
const cell = (row: readonly string[], column: number) => row[column] ?? '';
