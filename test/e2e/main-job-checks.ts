import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { freePorts } from './free-ports.js';

interface ReportRow {
  readonly group: Readonly<Record<string, string>>;
  readonly week: number | null;
  readonly value: number;
  readonly standardError: number;
  readonly lower95: number;
  readonly upper95: number;
}
interface ReportQuery {
  readonly product: string;
  readonly release: string;
  readonly function: string;
  readonly measure: string | null;
  readonly epsilon: number;
  readonly cohort: readonly string[];
  readonly rows: readonly ReportRow[];
}
interface Report {
  readonly queries: readonly ReportQuery[];
  readonly refused: readonly { readonly code: string; readonly rules: readonly string[] }[];
  readonly settlement: {
    readonly accounts: readonly { readonly accountId: string; readonly balance: string }[];
    readonly entries: readonly {
      readonly debit: string;
      readonly credit: string;
      readonly amount: string;
    }[];
  };
  readonly audit: { readonly passed: boolean; readonly checks: readonly unknown[] };
}

/** A machine that does other work besides may take its time. */
const JOB_TIMEOUT_MS = 600_000;

const root = new URL('../..', import.meta.url).pathname;
const listed = [
  'GROCERY',
  'DRUG GM',
  'PRODUCE',
  'MEAT',
  'MEAT-PCKGD',
  'DELI',
  'PASTRY',
  'NUTRITION',
];
const groups = {
  grocery: ['GROCERY', 'FROZEN GROCERY', 'NUTRITION', 'SPIRITS'],
  fresh: [
    ...['PRODUCE', 'MEAT', 'MEAT-PCKGD', 'SEAFOOD', 'SEAFOOD-PCKGD', 'DELI', 'PASTRY'],
    ...['SALAD BAR', 'FLORAL', 'RESTAURANT'],
  ],
};
const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
const groupSql = `CASE WHEN department IN (${quoted(groups.grocery)}) THEN 'grocery'
  WHEN department IN (${quoted(groups.fresh)}) THEN 'fresh' ELSE 'general' END`;

let folder: string;
let report: Report;
let database: DuckDBConnection;

async function runMainJob(file: string, choices: readonly string[]): Promise<void> {
  const [ledgerPort, gatewayPort] = await freePorts();
  const main = createRequire(import.meta.url)
    .resolve('@veilsum/client')
    .replace('index.js', 'main.js');
  const parameters = ['up', '--demo', '--exit', '--report', file, '--bits', '512'];
  const places = ['--state', join(folder, 'state')];
  const ports = ['--ledger-port', String(ledgerPort), '--gateway-port', String(gatewayPort)];
  const child = spawn(process.execPath, [main, ...parameters, ...places, ...ports, ...choices], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`The main job ended with status ${String(status)}:\n${text}`);
}

/** One table of all items of the given files, whatever their format. */
function itemsOf(files: readonly string[]): string {
  const columns =
    'household_id::BIGINT AS household, week::INTEGER AS week, department, sales_value';
  const sources = files.map((file) => {
    const path = join(root, 'examples/retail', file);
    const reader = file.endsWith('.parquet')
      ? `read_parquet('${path}')`
      : file.endsWith('.csv')
        ? `read_csv('${path}', header = true, nullstr = '')`
        : `read_ndjson_auto('${path}')`;
    return `SELECT ${columns} FROM ${reader}`;
  });
  const cents = 'round(sales_value * 100)::BIGINT AS cents';
  return `(SELECT household, week, department, ${cents} FROM (${sources.join(' UNION ALL ')}))`;
}

async function totals(sql: string): Promise<Map<string, number>> {
  const rows = (await database.runAndReadAll(sql)).getRows();
  return new Map(
    rows.map(([name, week, total]) => [`${String(name)}/${String(week)}`, Number(total)]),
  );
}

const nameOf = ({ group, week }: ReportRow) =>
  `${group['department'] ?? group['group'] ?? ''}/${String(week ?? 'all')}`;

const exact = () => report.queries.filter(({ release }) => release === 'exact');
const noisy = () => report.queries.filter(({ release }) => release === 'noisy');

/** True values of a noisy query after the product's own bounding: 0 to 5,000 cents a household, week and group. */
function boundedTotals({
  cohort,
  function: name,
  rows,
}: ReportQuery): Promise<Map<string, number>> {
  const parts = cohort.map(
    (file) => `SELECT household, week, ${groupSql} AS name, sum(cents) AS cents
      FROM ${itemsOf([file])} GROUP BY ALL`,
  );
  const value = name === 'count' ? 'count(*)' : 'sum(least(greatest(cents, 0), 5000))';
  const week = rows[0]?.week === null ? "'all'" : 'week';
  return totals(
    `SELECT name, ${week} AS week, ${value} FROM (${parts.join(' UNION ALL ')}) GROUP BY ALL`,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/**
 * The main job against what DuckDB computes from the merchants' own files. The SQL here is written
 * anew from the products' descriptions and shares nothing with the mappings that the merchants use.
 * MAIN_JOB_REPORT names a report of the job as it is started without choices, to check instead of
 * running it with a small key.
 * @param choices - more words for `veilsum up`
 */
export function checkMainJob(choices: readonly string[] = []): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-main-job-'));
    const given = choices.length === 0 ? process.env['MAIN_JOB_REPORT'] : undefined;
    const file = given ?? join(folder, 'report.json');
    if (given === undefined) await runMainJob(file, choices);
    report = JSON.parse(await readFile(file, 'utf8')) as Report;
    database = await (await DuckDBInstance.create(':memory:')).connect();
  }, JOB_TIMEOUT_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describeQueries();
  describeMoney();
}

function describeQueries(): void {
  test('the report has the queries of the main job', () => {
    expect(exact().map(({ cohort, rows }) => [cohort.length, rows.length])).toEqual([[8, 9 * 13]]);
    expect(
      noisy().map(({ cohort, function: name, rows }) => [cohort.length, name, rows.length]),
    ).toEqual([
      [12, 'count', 3 * 13],
      [12, 'sum', 3],
      [11, 'count', 3 * 13],
    ]);
  });

  test('exact rows equal what DuckDB computes from the files of the cohort', async () => {
    for (const { cohort, rows } of exact()) {
      const name = `CASE WHEN department IN (${quoted(listed)}) THEN department ELSE 'other' END`;
      const expected = await totals(
        `SELECT ${name} AS name, week, sum(cents) FROM ${itemsOf(cohort)} GROUP BY ALL`,
      );
      const shown = new Map(
        rows.filter(({ value }) => value !== 0).map((row) => [nameOf(row), row.value]),
      );
      expect(shown).toEqual(expected);
      expect(rows.every(({ standardError }) => standardError === 0)).toBe(true);
    }
  });

  test('noisy rows lie within six standard errors of the bounded truth, and are not it', async () => {
    for (const query of noisy()) {
      const expected = await boundedTotals(query);
      const errors = query.rows.map((row) => row.value - (expected.get(nameOf(row)) ?? 0));
      query.rows.forEach((row, i) => {
        expect(Math.abs(errors[i] ?? NaN)).toBeLessThanOrEqual(6 * row.standardError);
        expect(row.lower95).toBeLessThan(row.value);
        expect(row.upper95).toBeGreaterThan(row.value);
      });
      expect(errors.some((error) => error !== 0)).toBe(true);
    }
  });

  test('the median standard error of each noisy query is at most a tenth of the median value', () => {
    for (const { rows } of noisy()) {
      const error = median(rows.map(({ standardError }) => standardError));
      expect(error).toBeLessThanOrEqual(0.1 * median(rows.map(({ value }) => value)));
    }
  });
}

function describeMoney(): void {
  test('debits equal credits, and every account is what its entries say', () => {
    const balances = new Map<string, bigint>();
    const add = (account: string, amount: bigint) =>
      balances.set(account, (balances.get(account) ?? 0n) + amount);
    for (const { debit, credit, amount } of report.settlement.entries) {
      add(debit, -BigInt(amount));
      add(credit, BigInt(amount));
    }
    expect([...balances.values()].reduce((sum, balance) => sum + balance, 0n)).toBe(0n);
    for (const { accountId, balance } of report.settlement.accounts) {
      expect(`${accountId} ${balance}`).toBe(`${accountId} ${balances.get(accountId) ?? 0n}`);
    }
    expect(balances.get('member:analyst')).toBeGreaterThan(0n);
  });

  test('one question was refused with every rule that failed, and the audit passes', () => {
    expect(report.refused).toEqual([
      { code: 'EXACT_COHORT_FIXED', rules: ['exact-cohort', 'price'] },
    ]);
    expect(report.audit.passed).toBe(true);
    expect(report.audit.checks.length).toBeGreaterThan(10);
  });
}
