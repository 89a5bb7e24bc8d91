import { DelimitedScan } from './delimited-scan.js';
import { NdjsonScan } from './ndjson-scan.js';
import { DatabaseError, type SourceDatabase } from './source-database.js';
import { unreadable, type SourceFile } from './source-file.js';
import type { SourceFormat } from './source-format.js';
import { sqlName, sqlPath, sqlString } from './sql-text.js';
import { readTextChunks } from './text-chunks.js';

/** Table of the loaded rows; `veilsum_row` counts from 1. */
export const SOURCE_TABLE = 'source';

/**
 * Loads the one named file into the table {@link SOURCE_TABLE} and then locks the database. Columns
 * of text formats are text; Parquet keeps its types.
 * @returns number of rows, at least 1
 * @throws {@link VeilsumError} SOURCE_UNREADABLE with the reason, and the row where it is known
 */
export async function loadSource(
  database: SourceDatabase,
  file: SourceFile,
  format: SourceFormat,
): Promise<number> {
  const reader = await readerOf(file, format);
  try {
    await database.run(
      `CREATE TABLE ${SOURCE_TABLE} AS SELECT row_number() OVER () AS veilsum_row, * FROM ${reader}`,
    );
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw unreadable(
      file.name,
      `It is damaged or not as expected (${error.kind} error in DuckDB).`,
    );
  }
  await database.lock();
  const [count] = await database.rows(`SELECT count(*) AS rows FROM ${SOURCE_TABLE}`);
  const rows = Number(count?.['rows'] ?? 0);
  if (rows === 0) throw unreadable(file.name, 'It has no rows.');
  return rows;
}

async function readerOf(file: SourceFile, format: SourceFormat): Promise<string> {
  const path = sqlPath(file.path);
  switch (format.kind) {
    case 'parquet':
      return `read_parquet(${path}, hive_partitioning = false)`;
    case 'ndjson':
      return ndjsonReader(path, await scanNdjson(file, format.isGzip), format.isGzip);
    case 'delimited':
      return delimitedReader(path, await scanDelimited(file, format), format);
  }
}

type Delimited = Extract<SourceFormat, { kind: 'delimited' }>;

async function scanDelimited(file: SourceFile, format: Delimited): Promise<readonly string[]> {
  const { delimiter, hasHeader, isGzip } = format;
  const scan = new DelimitedScan({ name: file.name, delimiter, hasHeader });
  for await (const chunk of readTextChunks(file, isGzip)) scan.push(chunk);
  return scan.finish().columns;
}

async function scanNdjson(file: SourceFile, isGzip: boolean): Promise<readonly string[]> {
  const scan = new NdjsonScan(file.name);
  for await (const chunk of readTextChunks(file, isGzip)) scan.push(chunk);
  return scan.finish().columns;
}

/** Nothing is guessed from the rows, so the same mapping reads every file in the same way. */
function delimitedReader(path: string, columns: readonly string[], format: Delimited): string {
  const options = [
    'auto_detect = false',
    `header = ${format.hasHeader}`,
    `columns = ${textColumns(columns)}`,
    `delim = ${sqlString(format.delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    `nullstr = [${format.nulls.map(sqlString).join(', ')}]`,
    'strict_mode = true',
    'null_padding = false',
    'ignore_errors = false',
    'hive_partitioning = false',
    `compression = '${format.isGzip ? 'gzip' : 'none'}'`,
  ];
  return `read_csv(${path}, ${options.join(', ')})`;
}

function ndjsonReader(path: string, columns: readonly string[], isGzip: boolean): string {
  const options = [
    `format = 'newline_delimited'`,
    `columns = ${textColumns(columns)}`,
    'ignore_errors = false',
    'hive_partitioning = false',
    `compression = '${isGzip ? 'gzip' : 'uncompressed'}'`,
  ];
  return `read_json(${path}, ${options.join(', ')})`;
}

function textColumns(columns: readonly string[]): string {
  return `{${columns.map((column) => `${sqlName(column)}: 'VARCHAR'`).join(', ')}}`;
}
