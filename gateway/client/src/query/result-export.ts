import { VeilsumError } from '@veilsum/protocol';
import type { QueryResult } from './query-run.js';

/** A result for other programs: everything a reader needs to judge and to check it. */
export function resultDocument({ record, plan, result, certificate, cheaters }: QueryResult) {
  return {
    queryId: record.queryId,
    product: `${plan.productId}@${plan.productVersion}`,
    epoch: plan.epoch,
    release: plan.release,
    function: plan.function,
    measures: record.request.measures,
    purpose: plan.purpose,
    epsilon: plan.epsilonMicro / 1_000_000,
    chargedEpsilon: record.chargedEpsilonMicro / 1_000_000,
    price: plan.price,
    status: record.status,
    ...(record.resultLevel === undefined ? {} : { level: record.resultLevel }),
    cohortSize: plan.cohort.length,
    cohort: plan.cohort,
    noiseSamples: plan.release === 'exact' ? 0 : result.samples,
    planHash: record.planHash,
    finalHash: result.finalHash,
    attempt: result.attempt,
    rows: result.rows,
    suppressed: result.suppressed,
    cheaters,
    certificate,
  };
}

/** @returns RFC 4180 text: the grouping columns, lane, value, standard error and interval */
export function resultCsv({ plan, result }: QueryResult): string {
  const dimensions = Object.keys(plan.groups[0]?.key ?? {});
  const head = [...dimensions, 'lane', 'value', 'standard_error', 'lower95', 'upper95'];
  const lines = result.rows.map((row) => [
    ...dimensions.map((name) => row.group[name] ?? ''),
    row.lane === null ? '' : String(row.lane),
    ...[row.value, row.standardError, row.lower95, row.upper95].map(String),
  ]);
  return [head, ...lines].map((line) => line.map(csvField).join(',')).join('\r\n') + '\r\n';
}

/** A leading =, +, - or @ of a text would be a formula to a spreadsheet. */
function csvField(text: string): string {
  const safe = /^[=+@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @throws {@link VeilsumError} INVALID_ARGUMENT for another format */
export function exportResult(result: QueryResult, format: string): string {
  if (format === 'csv') return resultCsv(result);
  if (format === 'json') return `${JSON.stringify(resultDocument(result), undefined, 2)}\n`;
  if (format === 'certificate') return `${JSON.stringify(result.certificate)}\n`;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `--format is csv, json or certificate, not ${format}.`,
  );
}
