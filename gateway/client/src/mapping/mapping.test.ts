import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productDefinitionSchema, VeilsumError, type ProductDefinition } from '@veilsum/protocol';
import { parse } from 'yaml';
import { readContribution } from '../bounding/read-contribution.js';
import { parseMapping, readMapping } from './mapping-file.js';
import type { Mapping } from './mapping-schema.js';
import { requireProductMapping } from './product-mapping.js';

const retail = fileURLToPath(new URL('../../../../examples/retail/', import.meta.url));

const TEXT = `
format: veilsum-mapping/1
dimensions: { group: "'fresh'" }
lane: week
unit: household_id
measures: { sales: { value: sales_value, scale: 2 } }
`;

describe('a mapping', () => {
  let folder: string;
  let product: ProductDefinition;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-mapping-'));
    const text = await readFile(`${retail}products/weekly-baskets.yaml`, 'utf8');
    product = productDefinitionSchema.parse(parse(text));
    await writeFile(join(folder, 'rows.csv'), 'household_id,week,sales_value\n1,2,3.45\n');
    await writeFile(join(folder, 'other.csv'), 'secret\n42\n');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const read = (mapping: Mapping) =>
    readContribution({ product, mapping, file: join(folder, 'rows.csv') });
  const withLane = (lane: string): Mapping => ({ ...parseMapping(TEXT, 'm.yaml'), lane });

  it('is read from YAML with its defaults', () => {
    expect(parseMapping(TEXT, 'm.yaml')).toEqual({
      format: 'veilsum-mapping/1',
      source: {
        format: 'auto',
        compression: 'auto',
        header: true,
        encoding: 'utf-8',
        nulls: [''],
      },
      dimensions: { group: "'fresh'" },
      lane: 'week',
      unit: 'household_id',
      measures: { sales: { value: 'sales_value', scale: 2, rounding: 'exact' } },
      coverage: 'auto',
    });
  });

  it('finds its source next to itself', async () => {
    const path = join(folder, 'mapping.yaml');
    await writeFile(path, `${TEXT}source: { path: rows.csv }\n`);
    const { report } = await readContribution({ product, mapping: await readMapping(path) });
    expect(report).toMatchObject({ file: 'rows.csv', rowsUsed: 1 });
    await expect(readMapping(join(folder, 'none.yaml'))).rejects.toMatchObject({
      code: 'MAPPING_INVALID',
    });
  });

  it.each([
    ['a line that is not YAML', 'format: [', /^m\.yaml: Line \d+ is not valid YAML/],
    ['a key given twice', `${TEXT}lane: week\n`, /Line 7 is not valid YAML \(DUPLICATE_KEY\)/],
    ['an unknown field', `${TEXT}lanes: week\n`, /[Uu]nrecognized key.*lanes/],
    ['another version', TEXT.replace('mapping/1', 'mapping/2'), /^m\.yaml: format:/],
    ['no lane', TEXT.replace('lane: week', ''), /^m\.yaml: lane:/],
    ['a scale of 10', TEXT.replace('scale: 2', 'scale: 10'), /^m\.yaml: measures\.sales/],
    ['another encoding', `${TEXT}source: { encoding: latin1 }\n`, /source\.encoding/],
    ['a quote for delimiter', `${TEXT}source: { delimiter: '"' }\n`, /source\.delimiter/],
    ['nothing', '', /^m\.yaml: /],
  ])('with %s is refused', (_what, text, message) => {
    expect(() => parseMapping(text, 'm.yaml')).toThrow(message);
    expect(() => parseMapping(text, 'm.yaml')).toThrow(VeilsumError);
  });

  it.each([
    [{ dimensions: {} }, /nothing about the dimension "group"/],
    [{ dimensions: { group: 'a', region: 'b' } }, /no dimension "region"; it has group/],
    [{ measures: {} }, /nothing about the measure "sales"/],
    [{ dimensions: { group: 'a', constructor: 'b' } }, /no dimension "constructor"/],
  ])('that does not fit the product is refused', (change, message) => {
    const mapping = { ...parseMapping(TEXT, 'm.yaml'), ...change } as Mapping;
    expect(() => requireProductMapping(product, mapping)).toThrow(message);
  });

  it.each([
    ['reads another file', '(SELECT secret FROM read_csv(%other))', /lane holds a query/],
    ['reads another file whole', '(SELECT content FROM read_text(%other))', /lane holds a query/],
    ['reads another file by its name', '(SELECT secret FROM %other)', /lane holds a query/],
    ['asks whether a file exists', 'EXISTS (FROM glob(%other))', /lane holds a query/],
    ['hides a query in a list', '[1, (SELECT secret FROM %other)][2]', /lane holds a query/],
    ['ends its query and names a table', '1) FROM read_csv(%other) --', /not an SQL expression/],
    ['names a table without a comment', 'secret) FROM (FROM %other', /more than one expression/],
    ['unites another query', '1) UNION ALL SELECT (42', /more than one expression/],
    ['brings a filter of its own', '1) WHERE (true', /more than one expression/],
    ['brings a second column', '1), (2', /more than one expression/],
    ['writes a file', "1); COPY source TO '/tmp/x' --", /not an SQL expression/],
    ['writes a file in a second statement', '1); COPY (SELECT 1) TO (%other', /not an SQL expr/],
    ['holds a second statement', '1); SELECT (2', /more than one statement/],
    ['attaches a database', '1); ATTACH (%other', /not an SQL expression/],
    ['looks at other rows', 'lag(week) OVER ()', /looks at other rows/],
    ['counts all rows', 'count(*)', /An expression does not fit/],
    ['names all columns', 'COLUMNS(*)', /names all columns/],
    ['is no SQL', 'week +', /not an SQL expression/],
    ['leaves a comment open', 'week /*', /not an SQL expression/],
    ['names no function', 'nofunction(week)', /does not exist/],
    ['differs from run to run', 'random()::INTEGER', /volatile/],
    ['does not fit a type', 'week + 1', /No function matches .* text: write week::BIGINT/],
  ])('whose SQL %s is refused', async (_what, sql, message) => {
    const lane = sql.replaceAll('%other', `'${join(folder, 'other.csv')}'`);
    await expect(read(withLane(lane))).rejects.toMatchObject({ code: 'MAPPING_INVALID' });
    await expect(read(withLane(lane))).rejects.toThrow(message);
    expect((await readdir(folder)).sort()).toEqual(['mapping.yaml', 'other.csv', 'rows.csv']);
  });

  it.each([
    'week -- the week',
    'CASE WHEN week::INT > 1 THEN 2 END',
    'week::INTEGER /* cast */',
    'len([x for x in [1, 2]])',
  ])('may compute from its own row: %s', async (lane) => {
    const { values } = await read(withLane(lane));
    expect(values.strips.get(1)?.[1]?.[1]).toBe(345n);
  });

  it('rounds only when it says so', async () => {
    const mapping = parseMapping(TEXT, 'm.yaml');
    const rounded = (scale: number, rounding: 'exact' | 'nearest') =>
      read({ ...mapping, measures: { sales: { value: 'sales_value', scale, rounding } } });
    await expect(rounded(1, 'exact')).rejects.toMatchObject({ code: 'SOURCE_ROW_INVALID' });
    const { values } = await rounded(1, 'nearest');
    expect(values.strips.get(1)?.[1]?.[1]).toBe(35n);
    const exact = await rounded(3, 'exact');
    expect(exact.values.strips.get(1)?.[1]?.[1]).toBe(3450n);
  });

  it('declares coverage as it says', async () => {
    const mapping = parseMapping(TEXT, 'm.yaml');
    const coverage = async (rule: Mapping['coverage']) =>
      (await read({ ...mapping, coverage: rule })).coverage;
    expect(await coverage('auto')).toEqual([1]);
    expect(await coverage('none')).toEqual([]);
    expect(await coverage({ cells: [{ group: 'fresh' }] })).toEqual([1]);
    const refused: Record<string, string>[] = [
      { group: 'general' },
      {},
      { group: 'x' },
      { place: 'fresh' },
    ];
    for (const cells of refused.map((cell) => [cell])) {
      await expect(coverage({ cells })).rejects.toMatchObject({
        code: 'MAPPING_INVALID',
      });
    }
  });
});
