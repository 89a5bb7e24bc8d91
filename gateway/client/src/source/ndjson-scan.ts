import { isUtf8 } from 'node:buffer';
import { requireColumnNames } from './delimited-scan.js';
import { unreadable } from './source-file.js';

/** Longest line: what DuckDB's reader takes. */
export const LINE_BYTES_MAX = 16_000_000;
const COLUMNS_MAX = 4096;
const LINE_FEED = 0x0a;

/** Checks newline-delimited JSON line by line before DuckDB reads it; row 1 is the first object. */
export class NdjsonScan {
  readonly #columns = new Set<string>();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #rows = 0;

  constructor(private readonly name: string) {}

  /** @throws {@link VeilsumError} SOURCE_UNREADABLE at the first line that is not a JSON object */
  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.#readLine(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /**
   * @returns names of all fields, in the order in which they first come, and the number of objects
   * @throws {@link VeilsumError} SOURCE_UNREADABLE when there are none
   */
  finish(): { columns: readonly string[]; rows: number } {
    if (this.#pendingBytes > 0) this.#readLine(Buffer.alloc(0));
    if (this.#rows === 0) throw unreadable(this.name, 'It has no rows.');
    return { columns: requireColumnNames(this.name, [...this.#columns]), rows: this.#rows };
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pending.push(Buffer.from(piece));
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes > LINE_BYTES_MAX) {
      throw this.#failure(`is longer than ${LINE_BYTES_MAX} bytes`);
    }
  }

  #readLine(lastPiece: Buffer): void {
    const line =
      this.#pendingBytes === 0 ? lastPiece : Buffer.concat([...this.#pending, lastPiece]);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (!isUtf8(line)) throw this.#failure('is not UTF-8 text');
    const text = line.toString('utf8').trim();
    if (text === '') return;
    for (const key of Object.keys(this.#parse(text))) this.#columns.add(key);
    if (this.#columns.size > COLUMNS_MAX) {
      throw this.#failure(`brings the number of different fields above ${COLUMNS_MAX}`);
    }
    this.#rows += 1;
  }

  #parse(text: string): object {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#failure('is not valid JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#failure('is not a JSON object');
    }
    return value;
  }

  #failure(what: string): Error {
    return unreadable(this.name, `Row ${this.#rows + 1} ${what}.`);
  }
}
