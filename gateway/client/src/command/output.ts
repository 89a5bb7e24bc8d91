import { stderr, stdout } from 'node:process';
import Table from 'cli-table3';

/** What a command says: one JSON value for programs, or text for people. Progress goes to stderr. */
export interface Output {
  readonly json: boolean;
  /** A line for people; silent under --json. */
  line(text?: string): void;
  /** A progress note on stderr; shown under --json too. */
  note(text: string): void;
  /** A table for people; silent under --json. */
  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  /** The command's result for programs; silent for people. */
  result(value: unknown): void;
}

/** @returns an output on the process's own streams */
export function processOutput(json: boolean): Output {
  const say = (text: string) => {
    if (!json) stdout.write(`${text}\n`);
  };
  return {
    json,
    line: (text = '') => {
      say(text);
    },
    note: (text) => {
      stderr.write(`${text}\n`);
    },
    table: (head, rows) => {
      say(renderTable(head, rows));
    },
    result: (value) => {
      if (json) stdout.write(`${JSON.stringify(value, replaceBigint, 2)}\n`);
    },
  };
}

/** @returns rows under a head, numbers to the right */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const numeric = head.map((_name, column) => rows.every((row) => isNumeric(row[column])));
  const table = new Table({
    head: [...head],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map(String)));
  return table.toString();
}

const isNumeric = (value: string | number | undefined) =>
  typeof value === 'number' || /^[-+±]?[\d,.]+( ?%)?$/.test(value ?? '') || value === '';

const replaceBigint = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? value.toString() : value;
