import { VeilsumError, type ProductDefinition } from '@veilsum/protocol';
import { measureNames } from '@veilsum/rules';
import type { ProductMapping } from '../mapping/product-mapping.js';
import { DatabaseError, type DatabaseRow, type SourceDatabase } from '../source/source-database.js';
import { zeroStrip, type ContributionValues } from './contribution-values.js';
import { RECORD_TABLE } from './record-table.js';

/** A privacy unit's totals in one (cell, lane) pair: `records`, and `s0`, `s1` … HUGEINT. */
const PAIR_TABLE = 'veilsum_pairs';
/** The pairs that the unit keeps, with clipped totals `x0`, `x1` …. */
const KEPT_TABLE = 'veilsum_kept';

/** 2^120 leaves room for sums in 128 bits; a bound beyond it clips nothing. */
const BOUND_MAX = 2n ** 120n;

/** What the bounding of docs/protocol.md §5 left of one measure, in minor units; secret. */
export interface MeasureBounding {
  readonly measure: string;
  readonly unboundedTotal: bigint;
  readonly keptTotal: bigint;
}

export interface BoundingReport {
  readonly units: number;
  /** (unit, cell, lane) triples with a record, and those that the bounding kept. */
  readonly pairs: number;
  readonly keptPairs: number;
  readonly measures: readonly MeasureBounding[];
}

/**
 * Bounds privacy units and adds up cells × slots, as docs/protocol.md §5 says, with integers only.
 * @throws {@link VeilsumError} BOUND_EXCEEDED when a total passes 128 bits
 */
export async function boundedTotals(
  database: SourceDatabase,
  mapping: ProductMapping,
): Promise<{ values: ContributionValues; report: BoundingReport }> {
  try {
    await createPairTables(database, mapping);
    return {
      values: await readValues(database, mapping),
      report: await readReport(database, mapping),
    };
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'Out of Range') {
      throw new VeilsumError('BOUND_EXCEEDED', 'A total is too large for 128 bits.');
    }
    throw error;
  }
}

async function createPairTables(database: SourceDatabase, mapping: ProductMapping): Promise<void> {
  const totals = mapping.measures.map((_measure, index) => `, sum(m${index}) AS s${index}`);
  await database.run(
    `CREATE TABLE ${PAIR_TABLE} AS SELECT unit, cell, lane, count(*) AS records${totals.join('')}
     FROM ${RECORD_TABLE} GROUP BY unit, cell, lane`,
  );
  const clipped = mapping.measures.map(
    ({ name }, index) => `, ${clipSql(mapping.product, name, `s${index}`)} AS x${index}`,
  );
  const place = 'row_number() OVER (PARTITION BY unit ORDER BY records DESC, cell, lane)';
  await database.run(
    `CREATE TABLE ${KEPT_TABLE} AS SELECT cell, lane${clipped.join('')} FROM ${PAIR_TABLE}
     QUALIFY ${place} <= ${mapping.product.privacyUnit.maxCellsPerUnit}`,
  );
}

function clipSql({ measures }: ProductDefinition, name: string, total: string): string {
  const measure = measures.find((candidate) => candidate.name === name);
  const upper = measure?.upper === undefined ? total : `least(${total}, ${literal(measure.upper)})`;
  return measure?.lower === undefined ? upper : `greatest(${upper}, ${literal(measure.lower)})`;
}

function literal(bound: string): string {
  const value = BigInt(bound);
  const limited = value > BOUND_MAX ? BOUND_MAX : value < -BOUND_MAX ? -BOUND_MAX : value;
  return `CAST('${limited}' AS HUGEINT)`;
}

/** One column for each plane: p0, p1 …, by (cell, lane). */
async function readValues(
  database: SourceDatabase,
  mapping: ProductMapping,
): Promise<ContributionValues> {
  const { planes } = mapping.product;
  const strips = new Map<number, bigint[][]>();
  for (const [table, isTotal] of [
    [KEPT_TABLE, false],
    [PAIR_TABLE, true],
  ] as const) {
    const wanted = [...planes.keys()].filter(
      (plane) => (planes[plane]?.statistic === 'total') === isTotal,
    );
    if (wanted.length === 0) continue;
    const columns = wanted.map((plane) => `${planeSql(mapping, plane)} AS p${plane}`);
    const rows = await database.rows(
      `SELECT cell, lane, ${columns.join(', ')} FROM ${table} GROUP BY cell, lane ORDER BY cell, lane`,
    );
    for (const row of rows) addRow(mapping.product, strips, wanted, row);
  }
  return { strips: new Map([...strips].sort(([left], [right]) => left - right)) };
}

function planeSql({ product, measures }: ProductMapping, plane: number): string {
  const definition = product.planes[plane];
  if (definition === undefined) throw new RangeError('The product has no such plane.');
  const positions = measureNames(definition).map((name) =>
    measures.findIndex((measure) => measure.name === name),
  );
  if (positions.includes(-1)) {
    throw new VeilsumError('PRODUCT_INVALID', `The plane ${definition.name} has no such measure.`);
  }
  const [x, y] = positions;
  switch (definition.statistic) {
    case 'count':
      return 'CAST(count(*) AS HUGEINT)';
    case 'sum':
      return `sum(x${x})`;
    case 'sumSquares':
      return `sum(x${x} * x${x})`;
    case 'sumProduct':
      return `sum(x${x} * x${y})`;
    case 'total':
      return `sum(s${x})`;
  }
}

function addRow(
  product: ProductDefinition,
  strips: Map<number, bigint[][]>,
  planes: readonly number[],
  row: DatabaseRow,
): void {
  const cell = Number(row['cell']);
  const lane = Number(row['lane']);
  const strip = strips.get(cell) ?? zeroStrip(product).map((slots) => [...slots]);
  strips.set(cell, strip);
  for (const plane of planes) {
    const slots = strip[plane] ?? [];
    const slot = product.planes[plane]?.span === 'epoch' ? 0 : lane;
    slots[slot] = (slots[slot] ?? 0n) + (row[`p${plane}`] as bigint);
  }
}

async function readReport(
  database: SourceDatabase,
  mapping: ProductMapping,
): Promise<BoundingReport> {
  const unbounded = mapping.measures.map((_measure, index) => `, sum(s${index}) AS s${index}`);
  const kept = mapping.measures.map((_measure, index) => `, sum(x${index}) AS x${index}`);
  const [before] = await database.rows(
    `SELECT count(DISTINCT unit) AS units, count(*) AS pairs${unbounded.join('')} FROM ${PAIR_TABLE}`,
  );
  const [after] = await database.rows(
    `SELECT count(*) AS pairs${kept.join('')} FROM ${KEPT_TABLE}`,
  );
  return {
    units: Number(before?.['units']),
    pairs: Number(before?.['pairs']),
    keptPairs: Number(after?.['pairs']),
    measures: mapping.measures
      .map(({ name }, index) => ({
        measure: name,
        unboundedTotal: (before?.[`s${index}`] ?? 0n) as bigint,
        keptTotal: (after?.[`x${index}`] ?? 0n) as bigint,
      }))
      .filter(({ measure }) => isBounded(mapping.product, measure)),
  };
}

/** Whether a statistic other than the unbounded total uses the measure. */
function isBounded({ planes }: ProductDefinition, measure: string): boolean {
  return planes.some(
    (plane) => plane.statistic !== 'total' && measureNames(plane).includes(measure),
  );
}
