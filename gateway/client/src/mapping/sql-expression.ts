import { VeilsumError } from '@veilsum/protocol';
import { DatabaseError, type SourceDatabase } from '../source/source-database.js';
import { sqlString } from '../source/sql-text.js';

/** Kinds of syntax that only compute from one row. Everything else is refused, queries above all. */
const ROW_EXPRESSIONS: ReadonlySet<string> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'LAMBDA',
  'OPERATOR',
]);

const REFUSED: Readonly<Record<string, string>> = {
  SUBQUERY: 'holds a query; it may only compute from the columns of its own row',
  WINDOW: 'looks at other rows; it may only compute from the columns of its own row',
  STAR: 'names all columns at once',
};

interface SyntaxTree {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node?: SelectNode }[];
}

interface SelectNode {
  readonly type?: unknown;
  readonly select_list?: readonly unknown[];
  readonly from_table?: { readonly type?: unknown };
  readonly [part: string]: unknown;
}

/**
 * Checks, by DuckDB's own parser and before anything runs, that a text is one expression over one
 * row: no second statement, no query, no table, no other row.
 * @param field what messages call it, e.g. `dimensions.department`
 * @throws {@link VeilsumError} MAPPING_INVALID
 */
export async function requireRowExpression(
  database: SourceDatabase,
  field: string,
  expression: string,
): Promise<void> {
  const tree = await parse(database, field, `SELECT ${sqlParenthesis(expression)}`);
  const [statement, ...further] = tree.statements ?? [];
  if (further.length > 0) throw invalid(field, 'holds more than one statement');
  const node = statement?.node;
  if (node === undefined || !isBareSelect(node)) {
    throw invalid(field, 'is more than one expression; it may not name a table or a clause');
  }
  requireRowSyntax(node.select_list?.[0], field);
}

/** An expression in parentheses; the line end stops a comment at its end from taking them too. */
export function sqlParenthesis(expression: string): string {
  return `(${expression}\n)`;
}

async function parse(database: SourceDatabase, field: string, sql: string): Promise<SyntaxTree> {
  if (sql.includes('\0')) throw invalid(field, 'holds a zero byte');
  try {
    const [row] = await database.rows(`SELECT json_serialize_sql(${sqlString(sql)}) AS tree`);
    const tree = JSON.parse(String(row?.['tree'])) as SyntaxTree;
    if (!tree.error) return tree;
    throw invalid(field, `is not an SQL expression: ${tree.error_message ?? 'unknown mistake'}`);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw invalid(field, `is not an SQL expression: ${error.firstLine}`);
  }
}

function isBareSelect(node: SelectNode): boolean {
  const parts = ['where_clause', 'having', 'qualify', 'sample'];
  return (
    node.type === 'SELECT_NODE' &&
    node.select_list?.length === 1 &&
    node.from_table?.type === 'EMPTY' &&
    parts.every((part) => node[part] === null || node[part] === undefined) &&
    isEmpty(node['modifiers']) &&
    isEmpty(node['group_expressions']) &&
    isEmpty((node['cte_map'] as { map?: unknown } | undefined)?.map)
  );
}

function isEmpty(list: unknown): boolean {
  return list === undefined || (Array.isArray(list) && list.length === 0);
}

function requireRowSyntax(value: unknown, field: string): void {
  if (typeof value !== 'object' || value === null) return;
  const kind = (value as { class?: unknown }).class;
  if (typeof kind === 'string' && !ROW_EXPRESSIONS.has(kind)) {
    throw invalid(field, REFUSED[kind] ?? `uses ${kind}, which is not allowed here`);
  }
  for (const part of Object.values(value)) requireRowSyntax(part, field);
}

function invalid(field: string, what: string): VeilsumError {
  return new VeilsumError('MAPPING_INVALID', `${field} ${what}.`);
}
