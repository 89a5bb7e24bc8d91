import type { Product } from '@veilsum/protocol';
import type { Output } from '../command/output.js';
import { showEpsilon, showNumber } from '../command/wording.js';
import { bar, rowsByGroup, sparkline } from './result-chart.js';
import type { QueryResult } from './query-run.js';
import type { PlannedQuery } from './ledger-view.js';
import type { ResultRow, ResultRows } from './result-rows.js';

/** Shows values as a table with a small chart; long series as one line for each group. */
export function showRows(
  output: Output,
  { record, product }: Pick<PlannedQuery, 'record' | 'product'>,
  { rows, suppressed }: ResultRows,
): void {
  if (record.request.span === 'epoch') showTotals(output, rows);
  else showSeries(output, rows, product);
  for (const row of suppressed) output.line(`not shown: ${nameOf(row)}: ${row.reason}`);
}

/** Shows a result with where it comes from. */
export function showResult(output: Output, { result, record, query, cheaters }: QueryResult): void {
  const { plan } = query;
  showRows(output, { ...query, record }, result);
  if (cheaters.length > 0) {
    output.line(`Wrong shares came from ${cheaters.join(', ')}; they were left out.`);
  }
  if (record.resultLevel !== undefined) {
    output.line(`Level of the result: ${record.resultLevel} (GB/T 43697-2024).`);
  }
  const noise =
    plan.release === 'exact'
      ? 'exact release, no noise'
      : `${showEpsilon(plan.epsilonMicro)}, noise of ${result.samples} keyholders`;
  output.line(
    `${plan.cohort.length} contributions; ${noise}; plan ${record.planHash?.slice(0, 12) ?? ''}; certificate checked.`,
  );
}

function showTotals(output: Output, rows: readonly ResultRow[]): void {
  const most = Math.max(...rows.map(({ value }) => value), 0);
  output.table(
    ['group', 'value', 'standard error', '95 % from', 'to', ''],
    rows.map((row) => [
      nameOf(row),
      showNumber(row.value),
      showNumber(row.standardError),
      showNumber(row.lower95),
      showNumber(row.upper95),
      bar(row.value, most),
    ]),
  );
}

function showSeries(output: Output, rows: readonly ResultRow[], product: Product): void {
  const { lanes } = product;
  const last = lanes.first + lanes.count - 1;
  const body = [...rowsByGroup(rows)].map(([group, series]) => {
    const values = series.map(({ value }) => value);
    return [
      group,
      showNumber(values[0] ?? 0),
      showNumber(values.at(-1) ?? 0),
      showNumber(median(values)),
      showNumber(median(series.map(({ standardError }) => standardError))),
      sparkline(values),
    ];
  });
  output.table(
    [
      'group',
      `${lanes.unit} ${lanes.first}`,
      `${lanes.unit} ${last}`,
      'median',
      'standard error',
      `${lanes.unit} ${lanes.first} … ${last}`,
    ],
    body,
  );
}

/** @returns the middle value, or the mean of the two middle ones; 0 of none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const nameOf = ({ group, lane }: { group: ResultRow['group']; lane: number | null }) =>
  [...Object.values(group), ...(lane === null ? [] : [String(lane)])].join(' · ') || 'all';
