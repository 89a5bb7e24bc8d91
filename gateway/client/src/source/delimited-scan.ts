import { isUtf8 } from 'node:buffer';
import { unreadable } from './source-file.js';

/** What a delimited text holds. */
export interface DelimitedText {
  /** Names out of the header, or column1, column2 … */
  readonly columns: readonly string[];
  /** Number of records, without the header. */
  readonly rows: number;
}

/** Longest record: what DuckDB's reader takes. */
export const RECORD_BYTES_MAX = 2_000_000;
const COLUMNS_MAX = 4096;

const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Where in a record the next byte stands. */
type Place = 'fieldStart' | 'plain' | 'quoted' | 'quoteEnd' | 'lineEnd';

/**
 * Checks a CSV or TSV text (RFC 4180) byte by byte before DuckDB reads it, so that what is wrong is
 * named with its row and without its content. Row 1 is the first record after the header.
 */
export class DelimitedScan {
  readonly #name: string;
  readonly #delimiter: number;
  readonly #hasHeader: boolean;
  #place: Place = 'fieldStart';
  #fields = 1;
  #records = 0;
  #columns: readonly string[] | undefined;
  /** Pieces of the current record out of earlier chunks. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #hasCarriageReturns: boolean | undefined;

  constructor(text: { name: string; delimiter: string; hasHeader: boolean }) {
    this.#name = text.name;
    this.#delimiter = text.delimiter.charCodeAt(0);
    this.#hasHeader = text.hasHeader;
  }

  /** @throws {@link VeilsumError} SOURCE_UNREADABLE at the first record that is not as it must be */
  push(chunk: Buffer): void {
    let start = 0;
    for (let position = 0; position < chunk.length; position += 1) {
      if (!this.#step(chunk[position] ?? 0)) continue;
      this.#endRecord(chunk.subarray(start, position + 1));
      start = position + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** @throws {@link VeilsumError} SOURCE_UNREADABLE when a quote is left open, or there are no records */
  finish(): DelimitedText {
    if (this.#place === 'quoted') throw this.#failure('opens a quote that is never closed');
    if (this.#place === 'lineEnd') throw this.#failure('has a carriage return that ends no line');
    if (this.#pendingBytes > 0) this.#endRecord(Buffer.alloc(0));
    if (this.#columns === undefined) throw unreadable(this.#name, 'It is empty.');
    const rows = this.#hasHeader ? this.#records - 1 : this.#records;
    if (rows < 1) throw unreadable(this.#name, 'It has a header, but no rows.');
    return { columns: this.#columns, rows };
  }

  /** @returns whether the byte ends a record */
  #step(byte: number): boolean {
    switch (this.#place) {
      case 'quoted':
        if (byte === QUOTE) this.#place = 'quoteEnd';
        return false;
      case 'lineEnd':
        if (byte !== LINE_FEED) throw this.#failure('has a carriage return that ends no line');
        return true;
      case 'fieldStart':
        if (byte !== QUOTE) return this.#unquoted(byte);
        this.#place = 'quoted';
        return false;
      case 'quoteEnd':
        return this.#afterQuote(byte);
      case 'plain':
        return this.#unquoted(byte);
    }
  }

  #afterQuote(byte: number): boolean {
    if (byte === QUOTE) {
      this.#place = 'quoted';
      return false;
    }
    if (byte !== this.#delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
      throw this.#failure('has text after a closing quote');
    }
    return this.#unquoted(byte);
  }

  #unquoted(byte: number): boolean {
    if (byte === this.#delimiter) {
      this.#fields += 1;
      this.#place = 'fieldStart';
    } else if (byte === CARRIAGE_RETURN) {
      this.#place = 'lineEnd';
    } else if (byte === LINE_FEED) {
      return true;
    } else {
      this.#place = 'plain';
    }
    return false;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pending.push(Buffer.from(piece));
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes <= RECORD_BYTES_MAX) return;
    const cause = this.#place === 'quoted' ? 'opens a quote and' : 'has no line end and';
    throw this.#failure(`${cause} goes on for more than ${RECORD_BYTES_MAX} bytes`);
  }

  #endRecord(lastPiece: Buffer): void {
    const record = this.#takeRecord(lastPiece);
    const content = this.#withoutLineEnd(record);
    if (!isUtf8(content)) throw this.#failure('is not UTF-8 text');
    if (content.includes(0)) throw this.#failure('holds a zero byte, so this is not text');
    if (this.#columns === undefined) this.#readHeader(content);
    // An empty line is a row only where it can be one: in a file of one column.
    const isBlank = content.length === 0 && (this.#columns?.length ?? 0) > 1;
    if (!isBlank) {
      this.#requireFields(this.#columns?.length ?? 0);
      this.#records += 1;
    }
    this.#fields = 1;
    this.#place = 'fieldStart';
  }

  #takeRecord(lastPiece: Buffer): Buffer {
    if (this.#pendingBytes === 0) return lastPiece;
    const record = Buffer.concat([...this.#pending, lastPiece]);
    this.#pending = [];
    this.#pendingBytes = 0;
    return record;
  }

  /** One kind of line end in the whole file, else the reader could split rows elsewhere. */
  #withoutLineEnd(record: Buffer): Buffer {
    if (record.at(-1) !== LINE_FEED) return record;
    const hasCarriageReturn = record.at(-2) === CARRIAGE_RETURN && this.#place === 'lineEnd';
    this.#hasCarriageReturns ??= hasCarriageReturn;
    if (this.#hasCarriageReturns !== hasCarriageReturn) {
      throw this.#failure('ends its line in another way than the rows before');
    }
    return record.subarray(0, hasCarriageReturn ? -2 : -1);
  }

  #readHeader(record: Buffer): void {
    // TextDecoder drops a byte order mark.
    const text = new TextDecoder().decode(record);
    if (text.trim() === '') throw unreadable(this.#name, 'Its first line is empty.');
    const count = this.#fields;
    if (count > COLUMNS_MAX) {
      throw unreadable(this.#name, `It has ${count} columns; at most ${COLUMNS_MAX} are read.`);
    }
    this.#columns = this.#hasHeader
      ? requireColumnNames(this.#name, splitRecord(text, this.#delimiter))
      : Array.from({ length: count }, (_unused, index) => `column${index + 1}`);
  }

  #requireFields(columns: number): void {
    if (this.#fields === columns) return;
    throw this.#failure(`has ${this.#fields} fields where there are ${columns} columns`);
  }

  #failure(what: string): Error {
    const row = this.#hasHeader ? this.#records : this.#records + 1;
    const place = row === 0 ? 'Its header' : `Row ${row}`;
    return unreadable(this.#name, `${place} ${what}.`);
  }
}

/**
 * Names that SQL can tell apart.
 * @throws {@link VeilsumError} SOURCE_UNREADABLE when a name is empty or comes twice, in any case
 */
export function requireColumnNames(file: string, names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const key = name.toLowerCase();
    if (name.trim() === '') throw unreadable(file, `Column ${index + 1} has no name.`);
    if (seen.has(key)) throw unreadable(file, `Column ${index + 1} has the name of another one.`);
    seen.add(key);
  }
  return names;
}

function splitRecord(text: string, delimiter: number): string[] {
  const separator = String.fromCharCode(delimiter);
  const names: string[] = [];
  let rest = text;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const end = quoted === null ? rest.indexOf(separator) : quoted[0].length;
    const isLast = end < 0 || end >= rest.length;
    const raw = isLast ? rest : rest.slice(0, end);
    names.push(quoted === null ? raw : (quoted[1] ?? '').replaceAll('""', '"'));
    if (isLast) return names;
    rest = rest.slice(end + 1);
  }
}
