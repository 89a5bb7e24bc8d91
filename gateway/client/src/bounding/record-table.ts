import type { ProductMapping } from '../mapping/product-mapping.js';
import { sqlParenthesis } from '../mapping/sql-expression.js';
import { SOURCE_TABLE } from '../source/load-source.js';
import type { SourceDatabase } from '../source/source-database.js';
import { sqlString } from '../source/sql-text.js';
import { recordFields, rowChecks, type RecordField } from './record-fields.js';
import { wholeNumberSql } from './whole-number.js';

/** Valid records: `cell` BIGINT, `lane` BIGINT from 0, `unit` VARCHAR, `m0`, `m1` … BIGINT. */
export const RECORD_TABLE = 'veilsum_records';

const TEXT_TABLE = 'veilsum_texts';
const CODED_TABLE = 'veilsum_coded';

/** Rows that one check refused. */
export interface Rejection {
  /** e.g. `measures.sales`. */
  readonly field: string;
  /** Completes "Row 5, sales …"; names the limit, never the value. */
  readonly reason: string;
  readonly count: number;
  /** The first of them, counted from 1 without the header. */
  readonly rows: readonly number[];
}

export interface RecordCounts {
  /** Rows for which the filter holds, or fails to say. */
  readonly selected: number;
  readonly valid: number;
  /** Most rows first. */
  readonly rejections: readonly Rejection[];
}

/**
 * Evaluates a mapping on the loaded rows, inside the locked database, and codes each row as cell,
 * lane, unit and measures into {@link RECORD_TABLE}.
 * @throws {@link DatabaseError} kinds Binder and Catalog, when an expression does not fit the columns
 */
export async function createRecordTable(
  database: SourceDatabase,
  mapping: ProductMapping,
): Promise<RecordCounts> {
  const fields = recordFields(mapping);
  await createValueTables(database, mapping);
  await database.run(`CREATE TABLE ${TEXT_TABLE} AS ${textsSql(mapping, fields)}`);
  await database.run(`CREATE TABLE ${CODED_TABLE} AS ${codedSql(mapping, fields)}`);
  await database.run(`DROP TABLE ${TEXT_TABLE}`);
  const rejections = await readRejections(database, mapping);
  const measures = mapping.measures.map((_measure, index) => `, m${index}`).join('');
  await database.run(
    `CREATE TABLE ${RECORD_TABLE} AS SELECT cell, lane, unit${measures} FROM ${CODED_TABLE} WHERE rejection IS NULL`,
  );
  const [counts] = await database.rows(
    `SELECT count(*) AS selected, count(*) FILTER (rejection IS NULL) AS valid FROM ${CODED_TABLE}`,
  );
  await database.run(`DROP TABLE ${CODED_TABLE}`);
  return {
    selected: Number(counts?.['selected']),
    valid: Number(counts?.['valid']),
    rejections,
  };
}

/** Small tables, because a domain may have 10,000 values. */
async function createValueTables(
  database: SourceDatabase,
  { dimensions }: ProductMapping,
): Promise<void> {
  for (const [index, { values }] of dimensions.entries()) {
    const rows = values.map((value, digit) => `(${sqlString(value)}, ${digit})`).join(', ');
    await database.run(
      `CREATE TABLE veilsum_values${index} AS SELECT * FROM (VALUES ${rows}) AS v(value, digit)`,
    );
  }
}

/** Each field as text, and whether it could not be computed; TRY turns a failure into NULL. */
function textsSql(mapping: ProductMapping, fields: readonly RecordField[]): string {
  const columns = fields.flatMap(({ column, expression }) => {
    const sql = sqlParenthesis(expression);
    return [
      `TRY(CAST(${sql} AS VARCHAR)) AS ${column}`,
      `TRY(${sql} IS NULL) IS NULL AS ${column}_failed`,
    ];
  });
  const { where } = mapping;
  if (where === undefined) {
    return `SELECT veilsum_row, ${columns.join(', ')} FROM ${SOURCE_TABLE}`;
  }
  const sql = sqlParenthesis(where);
  const failed = `TRY(${sql} IS NULL) IS NULL`;
  return `SELECT veilsum_row, ${failed} AS veilsum_where_failed, ${columns.join(', ')}
    FROM ${SOURCE_TABLE} WHERE TRY(CAST(${sql} AS BOOLEAN)) OR ${failed}`;
}

function codedSql(mapping: ProductMapping, fields: readonly RecordField[]): string {
  const numbers = fields.flatMap(({ column, number }) =>
    number === undefined ? [] : [{ column, sql: wholeNumberSql(column, column, number) }],
  );
  const decimals = numbers.map(({ column, sql }) => `, ${sql.decimal} AS ${column}_decimal`);
  const scaled = numbers.map(({ column, sql }) => `, ${sql.scaled} AS ${column}_scaled`);
  const wholes = numbers.map(({ column, sql }) => `, ${sql.whole} AS ${column}_whole`);
  const joins = mapping.dimensions.map(
    (_dimension, index) =>
      `LEFT JOIN veilsum_values${index} v${index} ON t.veilsum_d${index} = v${index}.value`,
  );
  const digits = mapping.dimensions.map(({ otherIndex }, index) => {
    return `, coalesce(v${index}.digit, ${otherIndex ?? 'NULL'}) AS veilsum_digit${index}`;
  });
  return `WITH
    decimals AS (SELECT *${decimals.join('')} FROM ${TEXT_TABLE}),
    scaled AS (SELECT *${scaled.join('')} FROM decimals),
    wholes AS (SELECT *${wholes.join('')} FROM scaled),
    digits AS (SELECT t.*${digits.join('')} FROM wholes t ${joins.join(' ')})
    SELECT veilsum_row AS row, ${cellSql(mapping)} AS cell,
      veilsum_lane_whole - ${mapping.product.lanes.first} AS lane, veilsum_unit AS unit
      ${mapping.measures.map((_measure, index) => `, veilsum_m${index}_whole AS m${index}`).join('')},
      ${rejectionSql(mapping)} AS rejection
    FROM digits`;
}

/** Mixed-radix index, the first dimension most significant (docs/protocol.md §4). */
function cellSql({ dimensions }: ProductMapping): string {
  return dimensions.reduce(
    (index, { values }, position) =>
      `(${index}) * ${values.length} + CAST(veilsum_digit${position} AS BIGINT)`,
    'CAST(0 AS BIGINT)',
  );
}

function rejectionSql(mapping: ProductMapping): string {
  const branches = rowChecks(mapping).map(
    ({ condition }, index) => `WHEN ${condition} THEN ${index}`,
  );
  return `CASE ${branches.join(' ')} END`;
}

async function readRejections(
  database: SourceDatabase,
  mapping: ProductMapping,
): Promise<Rejection[]> {
  const checks = rowChecks(mapping);
  const found = await database.rows(
    `SELECT rejection, count(*) AS rows, CAST(min(row, 5) AS BIGINT[]) AS first_rows
     FROM ${CODED_TABLE} WHERE rejection IS NOT NULL GROUP BY rejection ORDER BY rows DESC, rejection`,
  );
  return found.map((row) => {
    const check = checks[Number(row['rejection'])];
    const first = row['first_rows'] as { readonly items: readonly bigint[] };
    return {
      field: check?.field ?? '',
      reason: check?.reason ?? '',
      count: Number(row['rows']),
      rows: first.items.map(Number),
    };
  });
}
