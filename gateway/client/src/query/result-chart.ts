import type { ResultRow } from './result-rows.js';

const STEPS = '▁▂▃▄▅▆▇█';
const BAR_WIDTH = 32;

/** @returns one line of small bars, the highest value full; values below zero count as zero */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  return values
    .map((value) => {
      const step = most === 0 ? 0 : Math.round((Math.max(value, 0) / most) * (STEPS.length - 1));
      return STEPS[step] ?? '';
    })
    .join('');
}

/** @returns one horizontal bar, `most` being the full width */
export function bar(value: number, most: number): string {
  const filled = most <= 0 ? 0 : Math.round((Math.max(value, 0) / most) * BAR_WIDTH);
  return '█'.repeat(filled);
}

/** @returns the rows of each group in order of their first appearance */
export function rowsByGroup(rows: readonly ResultRow[]): ReadonlyMap<string, ResultRow[]> {
  const groups = new Map<string, ResultRow[]>();
  for (const row of rows) {
    const name = Object.values(row.group).join(' · ') || 'all';
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [row]);
    else known.push(row);
  }
  return groups;
}
