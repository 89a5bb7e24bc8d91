import { chmod, mkdtemp, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { productDefinitionSchema, type ErrorCode, type ProductDefinition } from '@veilsum/protocol';
import { parse } from 'yaml';
import { readContribution, type Reading } from '../bounding/read-contribution.js';
import { mappingSchema, type Mapping } from '../mapping/mapping-schema.js';
import { SourceDatabase } from './source-database.js';
import { sqlString } from './sql-text.js';

const retail = fileURLToPath(new URL('../../../../examples/retail/', import.meta.url));

const mapping: Mapping = mappingSchema.parse({
  format: 'veilsum-mapping/1',
  dimensions: { department: 'department' },
  lane: 'week',
  unit: 'household_id',
  measures: { sales: { value: 'sales_value', scale: 2 }, quantity: 'quantity' },
});

const HEADER = 'household_id,week,department,quantity,sales_value';
const GOOD = '7,1,GROCERY,2,1.99';

describe('a source that is not as it should be', () => {
  let folder: string;
  let product: ProductDefinition;
  let strict: ProductDefinition;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-source-'));
    const text = await readFile(`${retail}products/weekly-sales.yaml`, 'utf8');
    product = productDefinitionSchema.parse(parse(text));
    const [department] = product.dimensions;
    strict = {
      ...product,
      dimensions: [{ name: 'department', values: department?.values.slice(0, 8) ?? [] }],
    };
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function read(
    name: string,
    content: string | Uint8Array,
    options: { mapping?: Mapping; product?: ProductDefinition; skipInvalidBps?: number } = {},
  ): Promise<Reading> {
    const file = join(folder, name);
    await writeFile(file, content);
    return readContribution({ product, mapping, file, ...options });
  }

  async function failure(reading: Promise<Reading>): Promise<{ code: ErrorCode; message: string }> {
    const error: unknown = await reading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof Error && 'code' in error) {
      return { code: error.code as ErrorCode, message: error.message };
    }
    throw new Error('The source was read, or failed without a code.');
  }

  const csv = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

  it('is read when nothing is wrong', async () => {
    const { report, coverage } = await read('good.csv', csv(GOOD));
    expect(report).toMatchObject({ file: 'good.csv', rowsRead: 1, rowsUsed: 1, rejections: [] });
    expect(coverage).toEqual([0]);
  });

  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['an empty file', 'a.csv', '', /^a\.csv: It is empty\.$/],
    ['a header alone', 'b.csv', `${HEADER}\n`, /no rows/],
    ['a wrong header', 'c.csv', `a,b\n1,2\n`, /no column "department"/],
    ['a column without a name', 'd.csv', `a,\n1,2\n`, /Column 2 has no name/],
    ['a column named twice', 'e.csv', `a,A\n1,2\n`, /Column 2 has the name of another/],
    [
      'bytes that are not UTF-8',
      'f.csv',
      Buffer.concat([Buffer.from(csv(GOOD)), Buffer.from([0x37, 0xff, 0xfe, 0x0a])]),
      /Row 2 is not UTF-8/,
    ],
    ['a quote left open', 'g.csv', csv(GOOD, '8,1,"GROCERY,2,1.99'), /Row 2 opens a quote/],
    ['text after a quote', 'h.csv', csv('8,1,"A"B,2,1.99'), /Row 1 has text after a closing/],
    ['a missing field', 'i.csv', csv(GOOD, '8,1,GROCERY,2'), /Row 2 has 4 fields .* 5 columns/],
    ['two kinds of line ends', 'j.csv', `${HEADER}\r\n${GOOD}\n`, /Row 1 ends its line/],
    ['a lone carriage return', 'k.csv', csv('8,1\r,A,2,1'), /Row 1 has a carriage return/],
    ['a zero byte', 'l.csv', csv('8,1,A\0,2,1'), /Row 1 holds a zero byte/],
    ['UTF-16', 'm.csv', Buffer.from(`\ufeff${csv(GOOD)}`, 'utf16le'), /not UTF-8/],
    ['a spreadsheet', 'n.csv', Buffer.from('PK\x03\x04rest'), /ZIP archive or a spreadsheet/],
    ['no gzip', 'o.csv.gz', csv(GOOD), /should be gzip/],
    ['gzip cut off', 'p.csv.gz', gzipSync(csv(GOOD)).subarray(0, 40), /damaged or cut off/],
    ['an unknown ending', 'q.dat', csv(GOOD), /ending does not say what it is/],
    ['JSON that is none', 'r.ndjson', '{"week":1}\n{"week":\n', /Row 2 is not valid JSON/],
    ['JSON that is no object', 's.ndjson', '[1]\n', /Row 1 is not a JSON object/],
    ['text called Parquet', 't.parquet', csv(GOOD), /not a Parquet file/],
  ])('%s is refused', async (_what, name, content, message) => {
    const found = await failure(read(name, content));
    expect(found.code).toBe('SOURCE_UNREADABLE');
    expect(found.message).toMatch(message);
    expect(found.message.startsWith(`${name}: `)).toBe(true);
  });

  it('a Parquet file cut in half is refused, and so is one called CSV', async () => {
    const whole = await readFile(`${retail}merchant-422.parquet`);
    const half = whole.subarray(0, whole.length / 2);
    expect((await failure(read('half.parquet', half))).message).toMatch(/It is cut off/);
    expect((await failure(read('really.csv', whole))).message).toMatch(/a Parquet file, not CSV/);
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, 4, whole.length - 8);
    expect((await failure(read('damaged.parquet', damaged))).message).toMatch(/It is damaged/);
  });

  it('a file that is missing or a directory is refused', async () => {
    await mkdir(join(folder, 'dir.csv'));
    const missing = readContribution({ product, mapping, file: join(folder, 'missing.csv') });
    expect(await failure(missing)).toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: 'missing.csv: There is no such file.',
    });
    const directory = readContribution({ product, mapping, file: join(folder, 'dir.csv') });
    expect((await failure(directory)).message).toBe('dir.csv: It is a directory, not a file.');
  });

  it('a file without permission is refused', async () => {
    const file = join(folder, 'secret.csv');
    await writeFile(file, csv(GOOD));
    await chmod(file, 0o000);
    await chmod(folder, 0o755);
    // The superuser may read everything, so as root the test takes another user's part.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(open(file)).rejects.toMatchObject({ code: 'EACCES' });
      const found = await failure(readContribution({ product, mapping, file }));
      expect(found.message).toBe('secret.csv: There is no permission to read it.');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it.each<[string, string, RegExp]>([
    ['a week out of range', '7,14,GROCERY,2,1.99', /lane is outside the product's week 1 to 13/],
    ['a week before the first', '7,0,GROCERY,2,1.99', /lane is outside/],
    ['half a week', '7,1.5,GROCERY,2,1.99', /lane is not a whole number/],
    ['no week', '7,,GROCERY,2,1.99', /lane is empty/],
    ['no unit', ',1,GROCERY,2,1.99', /unit is empty/],
    ['a word for a number', '7,1,GROCERY,two,1.99', /quantity is not a number/],
    ['NaN', '7,1,GROCERY,2,NaN', /sales is not a finite number/],
    ['infinity', '7,1,GROCERY,2,Infinity', /sales is not a finite number/],
    ['minus infinity', '7,1,GROCERY,2,-inf', /sales is not a finite number/],
    ['1e308', '7,1,GROCERY,2,1e308', /sales is beyond the limit of 9007199254740991/],
    ['negative zero', '7,1,GROCERY,2,-0.00', /sales is a negative zero/],
    ['2^53+1 cents', '7,1,GROCERY,2,90071992547409.93', /sales is beyond the limit/],
    ['-(2^53+1) cents', '7,1,GROCERY,2,-90071992547409.93', /sales is beyond the limit/],
    ['a fraction of a cent', '7,1,GROCERY,2,1.999', /sales is not a whole number of minor/],
    ['a fraction of an item', '7,1,GROCERY,2.5,1.99', /quantity is not a whole number/],
    ['no amount', '7,1,GROCERY,2,', /sales is empty/],
  ])('%s is refused by its row', async (_what, row, message) => {
    const found = await failure(read('row.csv', csv(GOOD, GOOD, row)));
    expect(found.code).toBe('SOURCE_ROW_INVALID');
    expect(found.message).toMatch(/^row\.csv: Row 3: /);
    expect(found.message).toMatch(message);
  });

  it.each([
    ['0', 0n],
    ['1e2', 10_000n],
    ['.5', 50n],
    ['+0.29', 29n],
    ['-3', -300n],
    ['1.990000000000001', 199n],
    ['1.776357e-15', 0n],
  ])('the amount %s is %d cents', async (amount, cents) => {
    const { values } = await read('row.csv', csv(`7,1,GROCERY,2,${amount}`));
    expect(values.strips.get(0)?.[1]?.[0]).toBe(cents);
  });

  it('the largest amount is read, and is then too much for its plane', async () => {
    for (const amount of ['90071992547409.91', '-90071992547409.91']) {
      const found = await failure(read('row.csv', csv(`7,1,GROCERY,2,${amount}`)));
      expect(found.code).toBe('BOUND_EXCEEDED');
    }
  });

  it.each([
    ["'NaN'::DOUBLE", /sales is not a finite number/],
    ["'-Infinity'::DOUBLE", /sales is not a finite number/],
    ['1e308::DOUBLE', /sales is beyond the limit/],
    ['-0.0::DOUBLE', /sales is a negative zero/],
    ['90071992547409.93::DOUBLE', /sales is beyond the limit/],
    ['90071992547409.93::DECIMAL(20, 2)', /sales is beyond the limit/],
    ['9007199254740993::BIGINT', /sales is beyond the limit/],
    ['true', /sales is not a number/],
    ['NULL::DOUBLE', /sales is empty/],
  ])('%s in Parquet is refused by its row', async (sql, message) => {
    const found = await failure(readParquet(sql));
    expect(found.code).toBe('SOURCE_ROW_INVALID');
    expect(found.message).toMatch(/^typed\.parquet: Row 1: /);
    expect(found.message).toMatch(message);
  });

  it.each([
    ['0.29::DOUBLE', 29n],
    ['0.29::FLOAT', 29n],
    ['0.290::DECIMAL(10, 3)', 29n],
    ['1234567::INTEGER', 123_456_700n],
    ['-4::TINYINT', -400n],
    // 0.1 + 0.2 is 0.30000000000000004.
    ['0.1::DOUBLE + 0.2::DOUBLE', 30n],
  ])('%s in Parquet is %d cents', async (sql, cents) => {
    const { values } = await readParquet(sql);
    expect(values.strips.get(0)?.[1]?.[0]).toBe(cents);
  });

  async function readParquet(sales: string): Promise<Reading> {
    const file = join(folder, 'typed.parquet');
    const database = await SourceDatabase.open();
    await database.run(
      `COPY (SELECT 7 AS household_id, 1 AS week, 'GROCERY' AS department, 2 AS quantity,
       ${sales} AS sales_value) TO ${sqlString(file)} (FORMAT parquet)`,
    );
    database.close();
    return readContribution({ product, mapping, file });
  }

  it('values outside a dimension go to `other`, and are refused without it', async () => {
    const rows = csv(GOOD, '7,1,UNHEARD OF,2,1.99', '7,1,,2,1.99');
    const { values } = await read('other.csv', rows);
    expect([...values.strips.keys()]).toEqual([0, 8]);
    const unknown = await failure(read('other.csv', rows, { product: strict }));
    expect(unknown.code).toBe('SOURCE_ROW_INVALID');
    expect(unknown.message).toMatch(/^other\.csv: Row 2: dimensions\.department is none of the 8/);
    const empty = csv(GOOD, '7,1,,2,1.99');
    const missing = await failure(read('other.csv', empty, { product: strict }));
    expect(missing.message).toMatch(/Row 2: dimensions\.department is empty/);
  });

  it('never shows what a file holds', async () => {
    const secret = 'Jane Roe';
    const contents: [string, string][] = [
      ['leak.csv', csv(`${secret},1,"${secret},2,1.99`)],
      ['leak.csv', `${secret}\n1\n`],
      ['leak.csv', csv(`7,${secret},GROCERY,2,1.99`)],
      ['leak.csv', csv(`7,1,${secret},${secret},1.99`)],
      ['leak.ndjson', `{"week": ${secret}}\n`],
    ];
    for (const [name, content] of contents) {
      const { message } = await failure(read(name, content, { product: strict }));
      expect(message).not.toContain(secret);
    }
    const casting = mappingSchema.parse({ ...mapping, lane: 'week::INTEGER' });
    const { message } = await failure(
      read('leak.csv', csv(GOOD, `7,${secret},GROCERY,2,1.99`), { mapping: casting }),
    );
    expect(message).toBe('leak.csv: Row 2: lane cannot be computed.');
  });

  it('invalid rows may be left out up to a share, and are counted', async () => {
    const bad = ['7,99,GROCERY,2,1', '7,98,GROCERY,2,1', '7,1,GROCERY,x,1'];
    const rows = csv(...Array.from({ length: 7 }, () => GOOD), ...bad);
    const { report } = await read('skip.csv', rows, { skipInvalidBps: 3000 });
    expect(report).toMatchObject({ rowsRead: 10, rowsRejected: 3, rowsUsed: 7, rowsFiltered: 0 });
    expect(report.rejections).toEqual([
      {
        field: 'lane',
        reason: "is outside the product's week 1 to 13",
        count: 2,
        rows: [8, 9],
      },
      { field: 'measures.quantity', reason: 'is not a number', count: 1, rows: [10] },
    ]);
    const found = await failure(read('skip.csv', rows, { skipInvalidBps: 2999 }));
    expect(found.message).toMatch(/Row 8: lane .* 2 more rows .* At most 2 of 10 rows/);
  });

  it('rows that the filter leaves out are not looked at', async () => {
    const filtered = mappingSchema.parse({ ...mapping, where: 'week::INTEGER < 90' });
    const rows = csv(GOOD, '7,99,GROCERY,x,1');
    const { report } = await read('where.csv', rows, { mapping: filtered });
    expect(report).toMatchObject({ rowsRead: 2, rowsFiltered: 1, rowsRejected: 0, rowsUsed: 1 });
    const none = mappingSchema.parse({ ...mapping, where: 'false' });
    expect((await failure(read('where.csv', rows, { mapping: none }))).message).toMatch(/no row/);
    const failing = await failure(
      read('where.csv', csv(GOOD, '7,x,GROCERY,1,1'), { mapping: filtered }),
    );
    expect(failing.message).toBe('where.csv: Row 2: where cannot be computed.');
  });

  it('reads other delimiters, quoted line ends, a byte order mark and NDJSON alike', async () => {
    const semicolons = mappingSchema.parse({
      ...mapping,
      source: { delimiter: ';', nulls: ['', 'NA'] },
      measures: { sales: 'sales_value', quantity: 'quantity' },
    });
    const text = `\ufeff${HEADER}\r\n"7";1;"multi\r\nline";2;3\r\n8;1;NA;2;3`.replaceAll(',', ';');
    const { report, values } = await read('semi.csv', text, { mapping: semicolons });
    expect(report.rowsUsed).toBe(2);
    expect(values.strips.get(8)?.[1]?.[0]).toBe(6n);
    const objects =
      '{"household_id":7,"week":1,"department":"DELI","quantity":2,"sales_value":0.29}\n\n' +
      '{"household_id":"x","week":"1","department":null,"quantity":2,"sales_value":"0.29"}';
    const json = await read('rows.jsonl', objects);
    expect(json.values.strips.get(5)?.[1]?.[0]).toBe(29n);
    expect(json.values.strips.get(8)?.[1]?.[0]).toBe(29n);
  });

  it('takes a name with pattern characters for that one file', async () => {
    await writeFile(join(folder, 'xa.csv'), csv('7,99,GROCERY,x,1'));
    const { report } = await read('x[a]*?.csv', csv(GOOD));
    expect(report.rowsRead).toBe(1);
  });

  it('does not take a folder called week=3 for a column', async () => {
    await mkdir(join(folder, 'week=3'));
    const file = join(folder, 'week=3', 'rows.csv');
    await writeFile(file, csv(GOOD));
    const { values } = await readContribution({ product, mapping, file });
    expect(values.strips.get(0)?.[1]?.[0]).toBe(199n);
  });
});
