import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { productDefinitionSchema, type ProductDefinition } from '@veilsum/protocol';
import fc from 'fast-check';
import { parse } from 'yaml';
import { readMapping } from '../mapping/mapping-file.js';
import { mappingSchema } from '../mapping/mapping-schema.js';
import type { ContributionValues } from './contribution-values.js';
import { readContribution } from './read-contribution.js';

const retail = fileURLToPath(new URL('../../../../examples/retail/', import.meta.url));

/** One row of a source, as the oracle reads it. */
interface OracleRecord {
  readonly unit: string;
  readonly cell: number;
  readonly lane: number;
  readonly measures: readonly bigint[];
}

type Totals = ReadonlyMap<string, bigint>;

/** What one pair of a unit adds, from its clipped totals. */
const PAIR_STATISTICS = {
  count: () => 1n,
  sum: (x: bigint) => x,
  sumSquares: (x: bigint) => x ** 2n,
  sumProduct: (x: bigint, y: bigint) => x * y,
};

function valueAt(values: readonly bigint[], position: number | undefined): bigint {
  return values[position ?? -1] ?? 0n;
}

/** docs/protocol.md §5 read again, with maps and sorting instead of SQL. */
function oracle(product: ProductDefinition, records: readonly OracleRecord[]): Totals {
  const slots = new Map<string, bigint>();
  const names = product.measures.map(({ name }) => name);
  const pairs = keptPairs(product, records);
  for (const [index, { statistic, span, measure }] of product.planes.entries()) {
    const [left, right] = (measure ?? '').split(',').map((name) => names.indexOf(name));
    const add = (place: { cell: number; lane: number }, value: bigint): void => {
      const key = `${place.cell}/${index}/${span === 'epoch' ? 0 : place.lane}`;
      slots.set(key, (slots.get(key) ?? 0n) + value);
    };
    if (statistic === 'total') {
      for (const record of records) add(record, valueAt(record.measures, left));
    } else {
      for (const pair of pairs) {
        const x = pair.totals.map((total, position) => clip(product, position, total));
        add(pair, PAIR_STATISTICS[statistic](valueAt(x, left), valueAt(x, right)));
      }
    }
  }
  return withoutZeros(slots);
}

interface Pair {
  readonly cell: number;
  readonly lane: number;
  count: number;
  readonly totals: bigint[];
}

function keptPairs(product: ProductDefinition, records: readonly OracleRecord[]): Pair[] {
  const units = new Map<string, Map<string, Pair>>();
  for (const { unit, cell, lane, measures } of records) {
    const pairs = units.get(unit) ?? new Map<string, Pair>();
    units.set(unit, pairs);
    const pair = pairs.get(`${cell}/${lane}`) ?? {
      cell,
      lane,
      count: 0,
      totals: measures.map(() => 0n),
    };
    pairs.set(`${cell}/${lane}`, pair);
    pair.count += 1;
    for (const [index, value] of measures.entries()) {
      pair.totals[index] = (pair.totals[index] ?? 0n) + value;
    }
  }
  return [...units.values()].flatMap((pairs) =>
    [...pairs.values()]
      .sort((a, b) => b.count - a.count || a.cell - b.cell || a.lane - b.lane)
      .slice(0, product.privacyUnit.maxCellsPerUnit),
  );
}

function clip(product: ProductDefinition, measure: number, value: bigint): bigint {
  const { lower, upper } = product.measures[measure] ?? {};
  if (lower !== undefined && value < BigInt(lower)) return BigInt(lower);
  return upper !== undefined && value > BigInt(upper) ? BigInt(upper) : value;
}

function withoutZeros(slots: ReadonlyMap<string, bigint>): Totals {
  return new Map([...slots].filter(([, value]) => value !== 0n).sort());
}

function flatten({ strips }: ContributionValues): Totals {
  const slots = new Map<string, bigint>();
  for (const [cell, strip] of strips) {
    for (const [plane, values] of strip.entries()) {
      for (const [lane, value] of values.entries()) slots.set(`${cell}/${plane}/${lane}`, value);
    }
  }
  return withoutZeros(slots);
}

async function retailProduct(name: string): Promise<ProductDefinition> {
  const text = await readFile(`${retail}products/${name}.yaml`, 'utf8');
  return productDefinitionSchema.parse(parse(text));
}

interface Purchase {
  readonly household_id: number;
  readonly week: number;
  readonly department: string | null;
  readonly quantity: number;
  readonly sales_value: number;
}

async function purchases(): Promise<Purchase[]> {
  const text = gunzipSync(await readFile(`${retail}merchant-292.ndjson.gz`)).toString('utf8');
  const lines = text.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Purchase);
}

const FRESH = new Set(
  'PRODUCE,MEAT,MEAT-PCKGD,SEAFOOD,SEAFOOD-PCKGD,DELI,PASTRY,SALAD BAR,FLORAL,RESTAURANT'.split(
    ',',
  ),
);
const SHELF = new Set(['GROCERY', 'FROZEN GROCERY', 'NUTRITION', 'SPIRITS']);

function groupOf(department: string | null): number {
  if (SHELF.has(department ?? '')) return 0;
  return FRESH.has(department ?? '') ? 1 : 2;
}

const FILES = [
  'merchant-292.ndjson.gz',
  'merchant-31782.parquet',
  'merchant-32004.ndjson.gz',
  'merchant-343.parquet',
  'merchant-356.parquet',
  'merchant-361.parquet',
  'merchant-367.parquet',
  'merchant-381.csv',
  'merchant-401.parquet',
  'merchant-406.parquet',
  'merchant-422.parquet',
  'merchant-427.csv',
];

describe('the retail example', () => {
  const read = async (productId: string, name: string) =>
    readContribution({
      product: await retailProduct(productId),
      mapping: await readMapping(`${retail}mappings/${productId}.yaml`),
      file: `${retail}${name}`,
    });

  it.each(FILES)('reads %s through both mappings without a rejected row', async (name) => {
    for (const [productId, cells] of [
      ['weekly-sales', 9],
      ['weekly-baskets', 3],
    ] as const) {
      const { report, coverage } = await read(productId, name);
      expect(report.rowsRejected).toBe(0);
      expect(report.rowsUsed).toBe(report.rowsRead);
      expect(report.rowsUsed).toBeGreaterThan(4900);
      expect(coverage).toEqual(Array.from({ length: cells }, (_unused, cell) => cell));
    }
  });

  it('adds up weekly-sales as integers do', async () => {
    const product = await retailProduct('weekly-sales');
    const listed = product.dimensions[0]?.values ?? [];
    const other = listed.indexOf('other');
    const records = (await purchases()).map((purchase) => {
      const cell = listed.indexOf(purchase.department ?? 'other');
      const quantity = purchase.department === 'FUEL' ? 0 : purchase.quantity;
      return {
        unit: `${purchase.household_id}/${purchase.week}`,
        cell: cell < 0 ? other : cell,
        lane: purchase.week - 1,
        measures: [BigInt(Math.round(purchase.sales_value * 100)), BigInt(quantity)],
      };
    });
    const { values } = await read('weekly-sales', 'merchant-292.ndjson.gz');
    expect(flatten(values)).toEqual(oracle(product, records));
  });

  it('bounds weekly-baskets as docs/protocol.md §5 says, and reports the share kept', async () => {
    const product = await retailProduct('weekly-baskets');
    const records = (await purchases()).map((purchase) => ({
      unit: `${purchase.household_id}/${purchase.week}`,
      cell: groupOf(purchase.department),
      lane: purchase.week - 1,
      measures: [BigInt(Math.round(purchase.sales_value * 100))],
    }));
    const { values, report } = await read('weekly-baskets', 'merchant-292.ndjson.gz');
    const expected = oracle(product, records);
    expect(flatten(values)).toEqual(expected);
    const kept = [...expected].filter(([key]) => key.split('/')[1] === '4');
    expect(report.bounding.measures).toEqual([
      {
        measure: 'sales',
        unboundedTotal: records.reduce((sum, { measures }) => sum + (measures[0] ?? 0n), 0n),
        keptTotal: kept.reduce((sum, [, value]) => sum + value, 0n),
      },
    ]);
    expect(report.bounding.keptPairs).toBe(report.bounding.pairs);
  });
});

const PROPERTY_PRODUCT: ProductDefinition = productDefinitionSchema.parse({
  format: 'veilsum-product/1',
  productId: 'property',
  version: 1,
  title: 'Property',
  description: 'Two dimensions, every statistic.',
  contributorRoles: ['merchant'],
  dimensions: [
    { name: 'place', values: ['north', 'south'] },
    { name: 'kind', values: ['a', 'b', 'rest'], other: 'rest' },
  ],
  lanes: { name: 'day', count: 4, unit: 'day', first: 10 },
  measures: [
    { name: 'x', unit: 'cent', lower: '-7', upper: '9' },
    { name: 'y', unit: 'cent', lower: '2', upper: '1000000000000' },
  ],
  planes: [
    { name: 'n', statistic: 'count', span: 'lane', valueBits: 200 },
    { name: 'x', measure: 'x', statistic: 'sum', span: 'lane', valueBits: 200 },
    { name: 'xx', measure: 'x', statistic: 'sumSquares', span: 'epoch', valueBits: 200 },
    { name: 'yy', measure: 'y', statistic: 'sumSquares', span: 'lane', valueBits: 200 },
    { name: 'xy', measure: 'x,y', statistic: 'sumProduct', span: 'lane', valueBits: 200 },
    { name: 'all', measure: 'y', statistic: 'total', span: 'epoch', valueBits: 200 },
    { name: 'ally', measure: 'y', statistic: 'total', span: 'lane', valueBits: 200 },
    { name: 'ne', statistic: 'count', span: 'epoch', valueBits: 200 },
  ],
  privacyUnit: { name: 'person', maxCellsPerUnit: 2 },
  maxContributors: 4,
  maskBits: 40,
  functions: ['count'],
  purposes: ['ResearchAndDevelopment'],
  classification: 'general',
  tags: [],
  minCohort: 2,
  differencing: 'unit',
  price: '0',
  epochs: { calendar: 'week', graceDays: 0 },
  budgetGroup: 'property',
  epsilonPerEpochMicro: 1,
  mappingHints: {},
});

const PROPERTY_MAPPING = mappingSchema.parse({
  format: 'veilsum-mapping/1',
  dimensions: { place: 'place', kind: 'kind' },
  lane: 'day',
  unit: 'person',
  measures: { x: 'x', y: { value: 'y', scale: 2 } },
});

describe('bounding', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-bounding-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const row = fc.record({
    person: fc.integer({ min: 0, max: 5 }),
    place: fc.constantFrom('north', 'south'),
    kind: fc.constantFrom('a', 'b', 'rest', 'unheard of', ''),
    day: fc.integer({ min: 10, max: 13 }),
    x: fc.integer({ min: -12, max: 12 }),
    // Cents, up to the published limit of one record.
    y: fc.oneof(
      fc.bigInt({ min: -500n, max: 500n }),
      fc.bigInt({ min: 1n - 2n ** 53n, max: 2n ** 53n - 1n }),
    ),
  });

  it('agrees with the oracle on any rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
        const file = join(folder, 'rows.csv');
        const lines = rows.map(
          ({ person, place, kind, day, x, y }) =>
            `p${person},${place},${kind},${day},${x},${dollars(y)}`,
        );
        await writeFile(file, `person,place,kind,day,x,y\n${lines.join('\n')}\n`);
        const { values } = await readContribution({
          product: PROPERTY_PRODUCT,
          mapping: PROPERTY_MAPPING,
          file,
        });
        const records = rows.map(({ person, place, kind, day, x, y }) => ({
          unit: `p${person}`,
          cell: (place === 'north' ? 0 : 3) + (kind === 'a' ? 0 : kind === 'b' ? 1 : 2),
          lane: day - 10,
          measures: [BigInt(x), y],
        }));
        expect(flatten(values)).toEqual(oracle(PROPERTY_PRODUCT, records));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses totals that could overflow a slot of the largest cohort, and takes the last that cannot', async () => {
    const product = productDefinitionSchema.parse({
      ...PROPERTY_PRODUCT,
      measures: [{ name: 'y', unit: 'cent' }],
      planes: [{ name: 'ally', measure: 'y', statistic: 'total', span: 'lane', valueBits: 13 }],
    });
    const mapping = mappingSchema.parse({
      ...PROPERTY_MAPPING,
      measures: { y: 'y' },
    });
    const read = async (north: number, south: number) => {
      const file = join(folder, 'bound.csv');
      const text = `person,place,kind,day,y\n1,north,a,12,${north}\n2,south,b,12,${south}\n`;
      await writeFile(file, text);
      return readContribution({ product, mapping, file });
    };
    // 2^12 / 4 contributors = 1,024, over all cells together and by size.
    await expect(read(1000, -23)).resolves.toMatchObject({ coverage: [0, 4] });
    await expect(read(1000, -24)).rejects.toMatchObject({ code: 'BOUND_EXCEEDED' });
    await expect(read(1000, -24)).rejects.toThrow(/plane ally .*day 12/);
  });
});

/** Cents as dollars, in decimal. A negative zero would be refused, so it is not written. */
function dollars(cents: bigint): string {
  const size = cents < 0n ? -cents : cents;
  const text = `${size / 100n}.${(size % 100n).toString().padStart(2, '0')}`;
  return cents < 0n ? `-${text}` : text;
}
