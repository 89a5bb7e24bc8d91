import { VeilsumError, type Plan, type Product, type QueryRequest } from '@veilsum/protocol';

/** One group of a plan: the cells that are added, and the value of each dimension that stays apart. */
export type Group = Plan['groups'][number];

/** The part of a request that fixes its groups. */
export type GroupRequest = Pick<QueryRequest, 'groupBy' | 'where'>;

/** Keeps a plan well below the size of one ledger value. */
const PLAN_CELLS_MAX = 50_000;

interface Selection {
  readonly name: string;
  readonly size: number;
  readonly apart: boolean;
  /** Values that count, by their position in the domain, ascending. */
  readonly values: readonly { readonly position: number; readonly value: string }[];
}

/**
 * The groups of a request: disjoint, non-empty, in domain order of the dimensions that stay apart, each
 * with its cells ascending (docs/protocol.md §6.1). A dimension in neither `groupBy` nor `where` is
 * summed over whole; the order of names in `groupBy` does not matter.
 * @throws {@link VeilsumError} QUERY_INVALID for a dimension or value that the product does not have or
 * that is named twice; LIMIT_EXCEEDED for over 50,000 cells
 */
export function groupsFor(product: Product, request: GroupRequest): Group[] {
  requireKnownDimensions(product, request);
  const selections = product.dimensions.map((dimension) => selectionOf(dimension, request));
  const cells = selections.reduce((count, { values }) => count * values.length, 1);
  if (cells > PLAN_CELLS_MAX) {
    throw new VeilsumError(
      'LIMIT_EXCEEDED',
      `The question covers ${cells} cells; a plan takes at most ${PLAN_CELLS_MAX}.`,
    );
  }
  return collectGroups(selections);
}

/** The cells of all groups of a plan or request. */
export function requestedCells(groups: readonly Group[]): number[] {
  return groups.flatMap(({ cells }) => cells);
}

interface PartialCell {
  readonly cell: number;
  readonly key: Readonly<Record<string, string>>;
}

function collectGroups(selections: readonly Selection[]): Group[] {
  let partial: PartialCell[] = [{ cell: 0, key: {} }];
  for (const { name, size, apart, values } of selections) {
    partial = partial.flatMap(({ cell, key }) =>
      values.map(({ position, value }) => ({
        cell: cell * size + position,
        key: apart ? { ...key, [name]: value } : key,
      })),
    );
  }
  const groups = new Map<string, Group>();
  for (const { cell, key } of partial) {
    const id = JSON.stringify(Object.values(key));
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { cells: [cell], key });
    else group.cells.push(cell);
  }
  return [...groups.values()];
}

type Dimension = Product['dimensions'][number];

function selectionOf(dimension: Dimension, { groupBy, where }: GroupRequest): Selection {
  const wanted = Object.hasOwn(where, dimension.name) ? where[dimension.name] : undefined;
  if (wanted !== undefined) requireValues(dimension, wanted);
  const values = dimension.values
    .map((value, position) => ({ position, value }))
    .filter(({ value }) => wanted === undefined || wanted.includes(value));
  return {
    name: dimension.name,
    size: dimension.values.length,
    apart: groupBy.includes(dimension.name),
    values,
  };
}

function requireValues({ name, values }: Dimension, wanted: readonly string[]): void {
  const unknown = wanted.find((value) => !values.includes(value));
  if (unknown !== undefined) throw invalid(`The dimension ${name} has no value ${unknown}.`);
  if (new Set(wanted).size !== wanted.length) {
    throw invalid(`A value of the dimension ${name} is named twice.`);
  }
}

function requireKnownDimensions(product: Product, { groupBy, where }: GroupRequest): void {
  const known = new Set(product.dimensions.map(({ name }) => name));
  const unknown = [...groupBy, ...Object.keys(where)].find((name) => !known.has(name));
  if (unknown !== undefined) throw invalid(`The product has no dimension ${unknown}.`);
  if (new Set(groupBy).size !== groupBy.length) throw invalid('A dimension is grouped by twice.');
}

function invalid(sentence: string): VeilsumError {
  return new VeilsumError('QUERY_INVALID', sentence);
}
