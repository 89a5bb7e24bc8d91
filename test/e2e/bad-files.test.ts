import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { promisify } from 'node:util';

import { TestNetwork, testProduct, testQuestion } from './test-network.js';

/** The built program, as it is installed. */
const PROGRAM = 'gateway/client/dist/main.js';
const PARQUET = 'examples/retail/merchant-343.parquet';
const AT_ONCE = 3;
const CHILD_TIMEOUT_MS = 120_000;

const HEADER = 'customer,week,dept,amount';
const GOOD = 'c1,1,food,0.99';
const csv = (...rows: readonly string[]) => `${[HEADER, ...rows].join('\n')}\n`;
const row = (third: string) => csv(GOOD, GOOD, third);

/** A file, and how its refusal begins and ends after `<file>: `. */
interface BadFile {
  readonly what: string;
  readonly file: string;
  readonly content?: string | Uint8Array;
  readonly code: string;
  readonly says: RegExp;
}

const unreadable = (what: string, file: string, content: BadFile['content'], says: RegExp) => ({
  ...{ what, file, code: 'SOURCE_UNREADABLE', says },
  ...(content === undefined ? {} : { content }),
});
const badRow = (what: string, file: string, third: string, says: RegExp): BadFile => ({
  ...{ what, file, content: row(third), code: 'SOURCE_ROW_INVALID', says },
});

const latin1 = Buffer.concat([Buffer.from(csv(GOOD)), Buffer.from([0x63, 0xe9, 0x0a])]);
const badFiles: readonly BadFile[] = [
  unreadable('an empty file', 'empty.csv', '', /^It is empty\.$/),
  unreadable('a wrong header', 'header.csv', 'a,b\n1,2\n', /^It has no column "\w+", which/),
  unreadable('a file that is not UTF-8', 'latin1.csv', latin1, /^Row 2 is not UTF-8/),
  unreadable('a quote left open', 'quote.csv', csv(GOOD, 'c2,1,"food,1'), /^Row 2 opens a quote/),
  unreadable('Parquet cut in half', 'half.parquet', undefined, /^It is cut off/),
  unreadable('a directory', 'folder.csv', undefined, /^It is a directory, not a file\.$/),
  unreadable('no permission', 'locked.csv', csv(GOOD), /^There is no permission to read it\.$/),
  unreadable('a missing file', 'missing.csv', undefined, /^There is no such file\.$/),
  badRow(
    ...(['a week out of range', 'week.csv', 'c2,5,food,1'] as const),
    /^Row 3: lane is outside the product's week 1 to 4\.$/,
  ),
  badRow(
    ...(['an unknown department without `other`', 'department.csv', 'c2,1,FUEL,1'] as const),
    /^Row 3: dimensions\.group is none of the 2 /,
  ),
  badRow('NaN', 'nan.csv', 'c2,1,food,NaN', /^Row 3: measures\.sales is not a finite number\.$/),
  badRow(
    ...(['1e308', '1e308.csv', 'c2,1,food,1e308'] as const),
    /^Row 3: measures\.sales is beyond the limit of 9007199254740991 /,
  ),
  badRow(
    ...(['negative zero', 'zero.csv', 'c2,1,food,-0.00'] as const),
    /^Row 3: measures\.sales is a negative zero\.$/,
  ),
  badRow(
    ...(['2^53+1 cents', 'cents.csv', 'c2,1,food,90071992547409.93'] as const),
    /^Row 3: measures\.sales is beyond the limit of 9007199254740991 /,
  ),
];

/** SQL of a mapping; `%pipe` would block whoever opened it, and `%folder` shows what was made. */
const badMappings: readonly (readonly [what: string, field: string, sql: string, says: RegExp])[] =
  [
    ['read_csv', 'lane', "(SELECT week FROM read_csv('%pipe'))", /holds a query/],
    ['read_text', 'group', "(SELECT content FROM read_text('%pipe'))", /holds a query/],
    ['a file by its name', 'where', "EXISTS (SELECT * FROM '%pipe')", /holds a query/],
    ['glob', 'where', "EXISTS (FROM glob('%folder/*'))", /holds a query/],
    ['getenv', 'unit', "getenv('HOME')", /getenv does not exist/],
    ['COPY', 'lane', "1); COPY source TO '%folder/made.csv' --", /not an SQL expression/],
    ['ATTACH', 'lane', "1); ATTACH '%folder/made.duckdb' AS made --", /not an SQL expression/],
    ['INSTALL', 'lane', '1); INSTALL httpfs --', /not an SQL expression/],
    ['a second statement', 'unit', '1); SELECT (2', /more than one statement/],
  ];

/** How the program ended. */
interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const control = 'good.csv';
let network: TestNetwork;
/** Stands in for the home folder too, so that nothing is made unseen. */
let folder: string;
let pipe: string;
let before: { readonly height: number; readonly names: readonly string[] };
const outcomes = new Map<string, Outcome>();

const mappingOf = (change: Readonly<Record<string, string>> = {}) =>
  JSON.stringify({
    format: 'veilsum-mapping/1',
    where: change['where'] ?? 'true',
    dimensions: { group: change['group'] ?? 'dept' },
    lane: change['lane'] ?? 'week',
    unit: change['unit'] ?? 'customer',
    measures: { sales: { value: 'amount', scale: 2 } },
  });

function contribute(file: string, mapping: string, ...words: string[]): Promise<Outcome> {
  return run([execPath, PROGRAM, ...contributeWords(file, mapping), ...words]);
}

function contributeWords(file: string, mapping: string): string[] {
  return [
    ...['--state', network.state.root, 'contribute', '--as', 'merchant-1'],
    ...['--product', 'sales@1', '--epoch', testQuestion.epoch],
    ...['--file', join(folder, file), '--mapping', join(folder, mapping)],
  ];
}

function run([program = '', ...parameters]: readonly string[]): Promise<Outcome> {
  const settings = Object.entries(env).filter(([name]) => !name.startsWith('VEILSUM_'));
  const options = {
    env: { ...Object.fromEntries(settings), HOME: folder },
    timeout: CHILD_TIMEOUT_MS,
  };
  return new Promise((resolve) => {
    execFile(program, parameters, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      resolve({ status: typeof status === 'number' ? status : null, stdout, stderr });
    });
  });
}

/** The superuser may read everything; without the capability to, the permissions bind him as well. */
async function contributeUnprivileged(file: string): Promise<Outcome> {
  const isReadable = await open(join(folder, file)).then(
    async (handle) => handle.close().then(() => true),
    () => false,
  );
  if (!isReadable) return contribute(file, 'mapping.json', '--json');
  const capabilities = '-dac_override,-dac_read_search';
  return run([
    ...['setpriv', '--bounding-set', capabilities, '--inh-caps', capabilities],
    ...[execPath, PROGRAM, ...contributeWords(file, 'mapping.json'), '--json'],
  ]);
}

/** Starts so many jobs at once as the machine takes. */
async function runAll(jobs: readonly (readonly [string, () => Promise<Outcome>])[]): Promise<void> {
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      outcomes.set(job[0], await job[1]());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function writeFiles(): Promise<void> {
  for (const { file, content } of badFiles) {
    if (content !== undefined) await writeFile(join(folder, file), content);
  }
  await writeFile(join(folder, control), csv(GOOD, 'c2,2,toys,1.00'));
  await mkdir(join(folder, 'folder.csv'));
  const whole = await readFile(PARQUET);
  await writeFile(join(folder, 'half.parquet'), whole.subarray(0, whole.length / 2));
  await promisify(execFile)('mkfifo', [pipe]);
  await chmod(join(folder, 'locked.csv'), 0o000);
}

async function writeMappings(): Promise<void> {
  await writeFile(join(folder, 'mapping.json'), mappingOf());
  for (const [index, [, field, sql]] of badMappings.entries()) {
    const text = sql.replaceAll('%pipe', pipe).replaceAll('%folder', folder);
    await writeFile(join(folder, `mapping-${index}.json`), mappingOf({ [field]: text }));
  }
}

const listing = async () => (await readdir(folder, { recursive: true })).sort();

beforeAll(async () => {
  network = await TestNetwork.start({ merchants: 1 });
  folder = await mkdtemp(join(tmpdir(), 'veilsum-bad-files-'));
  pipe = join(folder, 'pipe.csv');
  await network.consent('merchant-1');
  await writeFiles();
  await writeMappings();
  before = { height: await network.operator.ledger.height(), names: await listing() };
  await runAll([
    ...badFiles.map(({ what, file }): [string, () => Promise<Outcome>] => [
      what,
      what === 'no permission'
        ? () => contributeUnprivileged(file)
        : () => contribute(file, 'mapping.json', '--json'),
    ]),
    ...badMappings.map(([what], index): [string, () => Promise<Outcome>] => [
      what,
      () => contribute(control, `mapping-${index}.json`, '--json'),
    ]),
    ['for people', () => contribute('week.csv', 'mapping.json')],
  ]);
}, 600_000);

afterAll(async () => {
  await network.close();
  await rm(folder, { recursive: true });
}, 60_000);

/** The one JSON value of a refused command. */
function refusalOf(what: string): { code: string; message: string } {
  const { status, stdout, stderr } = outcomes.get(what) ?? { stdout: '', stderr: '' };
  expect({ what, status, stderr }).toEqual({ what, status: 1, stderr: '' });
  const answer = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(Object.keys(answer)).toEqual(['error']);
  return answer.error;
}

describe('a file that is not as it should be is refused by its name, row, field and limit', () => {
  it.each(badFiles)('$what', ({ what, file, code, says }) => {
    const refusal = refusalOf(what);
    expect(refusal.code).toBe(code);
    expect(refusal.message.startsWith(`${file}: `)).toBe(true);
    expect(refusal.message.slice(file.length + 2)).toMatch(says);
  });

  it('in one sentence and a way out, for people', () => {
    const { status, stdout, stderr } = outcomes.get('for people') ?? {};
    const [sentence, wayOut, ...rest] = stderr?.split('\n') ?? [];
    expect([status, stdout]).toEqual([1, '']);
    expect(sentence).toMatch(/^SOURCE_ROW_INVALID: week\.csv: Row 3: lane is outside/);
    expect(wayOut).toMatch(/^[A-Z].*\.$/);
    expect(rest).toEqual(['']);
  });
});

describe('a mapping that tries to read or write another file is refused', () => {
  it.each(badMappings)('%s', (what, _field, _sql, says) => {
    const refusal = refusalOf(what);
    expect(refusal.code).toBe('MAPPING_INVALID');
    expect(refusal.message).toMatch(says);
    expect(refusal.message).not.toContain(folder);
  });
});

describe('afterwards', () => {
  it('there is no file that was not there', async () => {
    expect(await listing()).toEqual(before.names);
  });

  it('nothing is registered or prepared', async () => {
    expect(await network.operator.ledger.height()).toBe(before.height);
    const prepared = await readdir(network.state.contributions('merchant-1')).catch(() => []);
    expect(prepared).toEqual([]);
  });

  it('the same command takes a good file', async () => {
    const { status, stdout } = await contribute(control, 'mapping.json', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      read: { file: control, rowsRead: 2, rowsUsed: 2 },
      contribution: {
        contributorId: 'merchant-1',
        productId: testProduct.productId,
        status: 'stored',
        coverage: [0, 1],
      },
    });
  }, 120_000);
});
