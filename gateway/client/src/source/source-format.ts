import type { MappingSource } from '../mapping/mapping-schema.js';
import { unreadable, type SourceFile } from './source-file.js';

/** How the bytes of a source are to be read. */
export type SourceFormat =
  | { readonly kind: 'parquet' }
  | { readonly kind: 'ndjson'; readonly isGzip: boolean }
  | {
      readonly kind: 'delimited';
      readonly isGzip: boolean;
      /** One ASCII character. */
      readonly delimiter: string;
      readonly hasHeader: boolean;
      /** Unquoted texts that mean "no value". */
      readonly nulls: readonly string[];
    };

const ENDINGS: Readonly<Record<string, 'csv' | 'tsv' | 'parquet' | 'ndjson'>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  parquet: 'parquet',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

/**
 * What a file is, by the mapping or else by its ending, checked against its first and last bytes.
 * @throws {@link VeilsumError} SOURCE_UNREADABLE when it is not what it is called, or is cut off
 */
export function requireSourceFormat(file: SourceFile, source: MappingSource): SourceFormat {
  const kind = source.format === 'auto' ? formatByEnding(file) : source.format;
  if (kind === 'parquet') return requireParquet(file);
  if (file.signature === 'parquet' || file.signature === 'zip') {
    const found = file.signature === 'zip' ? 'a ZIP archive or a spreadsheet' : 'a Parquet file';
    throw unreadable(file.name, `It is ${found}, not ${kind.toUpperCase()} text.`);
  }
  const isGzip = requireCompression(file, source);
  if (kind === 'ndjson') return { kind, isGzip };
  return {
    kind: 'delimited',
    isGzip,
    delimiter: source.delimiter ?? (kind === 'tsv' ? '\t' : ','),
    hasHeader: source.header,
    nulls: source.nulls,
  };
}

function formatByEnding(file: SourceFile): 'csv' | 'tsv' | 'parquet' | 'ndjson' {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(file.name)?.[1]?.toLowerCase() ?? '';
  const kind = ENDINGS[ending];
  if (kind !== undefined) return kind;
  throw unreadable(
    file.name,
    'Its ending does not say what it is; name csv, tsv, parquet or ndjson as source.format in the mapping.',
  );
}

function requireParquet(file: SourceFile): SourceFormat {
  if (file.signature !== 'parquet') {
    throw unreadable(file.name, 'It is not a Parquet file: it does not begin as one.');
  }
  if (!file.hasParquetEnd) {
    throw unreadable(file.name, 'It is cut off: it does not end as a Parquet file must.');
  }
  return { kind: 'parquet' };
}

function requireCompression(file: SourceFile, source: MappingSource): boolean {
  const isGzip = file.signature === 'gzip';
  const isExpected = source.compression === 'gzip' || /\.gz$/i.test(file.name);
  if (!isGzip && isExpected) {
    throw unreadable(file.name, 'It should be gzip by its name or the mapping, but is not.');
  }
  if (isGzip && source.compression === 'none') {
    throw unreadable(file.name, 'It is gzip, though the mapping says that it is not compressed.');
  }
  return isGzip;
}
