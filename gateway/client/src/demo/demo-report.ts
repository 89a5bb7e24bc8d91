import type { Account, JournalEntry } from '@veilsum/protocol';
import type { AuditCheck } from '../audit/audit.js';
import type { QueryResult } from '../query/query-run.js';

/** One value of a query in the report; money in minor units, `week` null for the whole epoch. */
export interface ReportRow {
  readonly group: Readonly<Record<string, string>>;
  readonly week: number | null;
  readonly value: number;
  readonly standardError: number;
  readonly lower95: number;
  readonly upper95: number;
}

export interface ReportQuery {
  readonly id: string;
  readonly product: string;
  readonly release: string;
  readonly function: string;
  readonly measure: string | null;
  readonly epsilon: number;
  /** File names of the merchants whose data is in it. */
  readonly cohort: readonly string[];
  readonly rows: readonly ReportRow[];
}

/** What the retail example showed, for programs. */
export interface DemoReport {
  readonly queries: ReportQuery[];
  readonly refused: { readonly code: string; readonly rules: readonly string[] }[];
  settlement: { readonly accounts: readonly Account[]; readonly entries: readonly JournalEntry[] };
  audit: { readonly passed: boolean; readonly checks: readonly AuditCheck[] };
  readonly timingsMs: Record<string, number>;
}

/** @returns a report without anything in it yet */
export function emptyReport(): DemoReport {
  return {
    queries: [],
    refused: [],
    settlement: { accounts: [], entries: [] },
    audit: { passed: false, checks: [] },
    timingsMs: {},
  };
}

/** @param fileOf - the data file behind a contribution */
export function reportQuery(
  { record, plan, result }: QueryResult,
  fileOf: (contributionId: string) => string,
): ReportQuery {
  return {
    id: record.queryId,
    product: `${plan.productId}@${plan.productVersion}`,
    release: plan.release,
    function: plan.function,
    measure: record.request.measures[0] ?? null,
    epsilon: plan.epsilonMicro / 1_000_000,
    cohort: plan.cohort.map(fileOf).sort(),
    rows: result.rows.map(({ lane, ...row }) => ({ ...row, week: lane })),
  };
}
