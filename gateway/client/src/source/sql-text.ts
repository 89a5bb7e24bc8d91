/** A string as an SQL literal. */
export function sqlString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as a quoted SQL identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A path as a literal for a DuckDB reader, which would otherwise take `*`, `?` and `[` for a pattern. */
export function sqlPath(path: string): string {
  return sqlString(path.replaceAll(/[*?[]/g, (character) => `[${character}]`));
}
