import { VeilsumError, type ProductDefinition } from '@veilsum/protocol';
import type { Mapping } from '../mapping/mapping-schema.js';
import { requireProductMapping, type ProductMapping } from '../mapping/product-mapping.js';
import { requireRowExpression } from '../mapping/sql-expression.js';
import { loadSource } from '../source/load-source.js';
import { DatabaseError, SourceDatabase } from '../source/source-database.js';
import { requireSourceFile, unreadable } from '../source/source-file.js';
import { requireSourceFormat } from '../source/source-format.js';
import { boundedTotals, type BoundingReport } from './bounded-totals.js';
import { requireWithinPlanes, type ContributionValues } from './contribution-values.js';
import { coverageOf } from './coverage.js';
import { recordFields } from './record-fields.js';
import { createRecordTable, type RecordCounts, type Rejection } from './record-table.js';

export interface ReadingRequest {
  readonly product: ProductDefinition;
  readonly mapping: Mapping;
  /** Goes before the mapping's own `source.path`. */
  readonly file?: string | undefined;
  /**
   * Rows that are not valid may be dropped, up to this share of the selected ones in basis points;
   * absent: any such row refuses the file.
   */
  readonly skipInvalidBps?: number | undefined;
}

/** What was read, refused and bounded; for the contributor's own eyes. */
export interface ReadingReport {
  /** Base name of the source. */
  readonly file: string;
  readonly rowsRead: number;
  /** Rows that the filter left out. */
  readonly rowsFiltered: number;
  readonly rowsRejected: number;
  readonly rowsUsed: number;
  readonly rejections: readonly Rejection[];
  readonly bounding: BoundingReport;
}

export interface Reading {
  /** Secret. */
  readonly values: ContributionValues;
  /** Ascending cells that will be declared. */
  readonly coverage: readonly number[];
  readonly report: ReadingReport;
}

/**
 * Reads a source through a mapping and bounds it for a product. Nothing is written and nothing
 * leaves the process.
 * @throws {@link VeilsumError} MAPPING_INVALID, SOURCE_UNREADABLE, SOURCE_ROW_INVALID or BOUND_EXCEEDED
 */
export async function readContribution(request: ReadingRequest): Promise<Reading> {
  const { product, mapping } = request;
  const path = request.file ?? mapping.source.path;
  if (path === undefined) {
    throw new VeilsumError('MAPPING_INVALID', 'Neither the command nor the mapping names a file.');
  }
  const productMapping = requireProductMapping(product, mapping);
  const file = await requireSourceFile(path);
  const format = requireSourceFormat(file, mapping.source);
  const database = await SourceDatabase.open();
  try {
    await requireExpressions(database, productMapping);
    const rowsRead = await loadSource(database, file, format);
    const counts = await evaluate(database, productMapping, file.name);
    requireFewRejections(counts, file.name, request.skipInvalidBps);
    const { values, report: bounding } = await boundedTotals(database, productMapping);
    requireWithinPlanes(product, values);
    return {
      values,
      coverage: coverageOf(product, mapping.coverage, values),
      report: { file: file.name, rowsRead, ...rowCounts(rowsRead, counts), bounding },
    };
  } finally {
    database.close();
  }
}

const TEXT_HINT = ' Columns of text files are text: write week::BIGINT, for example.';

/** Before the file is read: a large one takes long, a mistake in the mapping does not. */
async function requireExpressions(
  database: SourceDatabase,
  mapping: ProductMapping,
): Promise<void> {
  if (mapping.where !== undefined) await requireRowExpression(database, 'where', mapping.where);
  for (const { field, expression } of recordFields(mapping)) {
    await requireRowExpression(database, field, expression);
  }
}

async function evaluate(
  database: SourceDatabase,
  mapping: ProductMapping,
  file: string,
): Promise<RecordCounts> {
  try {
    return await createRecordTable(database, mapping);
  } catch (error) {
    if (error instanceof DatabaseError) throw mappingFailure(error, file);
    throw error;
  }
}

/** Binder and Catalog failures speak of names and types; all others may quote a value of a row. */
function mappingFailure(error: DatabaseError, file: string): VeilsumError {
  const column = /^Referenced column "(.+)" not found/.exec(error.firstLine)?.[1];
  if (column !== undefined) {
    return unreadable(file, `It has no column "${column}", which the mapping asks for.`);
  }
  const isAboutNames = error.kind === 'Binder' || error.kind === 'Catalog';
  const hint = error.firstLine.includes('VARCHAR') ? TEXT_HINT : '';
  const sentence = isAboutNames
    ? `An expression does not fit ${file}: ${error.firstLine}${hint}`
    : `An expression fails on ${file} (${error.kind} error in DuckDB).`;
  return new VeilsumError('MAPPING_INVALID', sentence);
}

function requireFewRejections(
  { rejections, selected, valid }: RecordCounts,
  file: string,
  skipInvalidBps: number | undefined,
): void {
  if (selected === 0) throw unreadable(file, 'The filter of the mapping leaves no row.');
  const rejected = selected - valid;
  if (rejected === 0) return;
  const allowed = Math.floor((selected * (skipInvalidBps ?? 0)) / 10_000);
  if (rejected > allowed || valid === 0) {
    const limit =
      skipInvalidBps === undefined
        ? ''
        : ` At most ${allowed} of ${selected} rows may be left out, and ${rejected} would be.`;
    throw new VeilsumError(
      'SOURCE_ROW_INVALID',
      `${file}: ${rejectionSentence(rejections, rejected)}${limit}`,
    );
  }
}

function rejectionSentence(rejections: readonly Rejection[], rejected: number): string {
  const [first] = [...rejections].sort((left, right) => (left.rows[0] ?? 0) - (right.rows[0] ?? 0));
  const more = rejected - 1;
  const others =
    more === 0 ? '' : ` So ${more === 1 ? 'is 1 more row' : `are ${more} more rows`} not valid.`;
  return `Row ${first?.rows[0] ?? 0}: ${first?.field ?? ''} ${first?.reason ?? ''}.${others}`;
}

function rowCounts(rowsRead: number, { selected, valid, rejections }: RecordCounts) {
  return {
    rowsFiltered: rowsRead - selected,
    rowsRejected: selected - valid,
    rowsUsed: valid,
    rejections,
  };
}
