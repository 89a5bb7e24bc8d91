import { ParameterError } from './errors.js';

/** The closed domains of a product's dimensions, in declared order. */
export type CellDimensions = readonly (readonly string[])[];

/** The container stores a cell index in 32 bits (`docs/protocol.md §5`). */
const CELLS_MAX = 2 ** 32;

/**
 * The number of cell keys: the product of the domain sizes, 1 without dimensions.
 *
 * @throws {@link ParameterError} when a domain is empty or repeats a value, or there are more than 2^32
 */
export function cellCount(dimensions: CellDimensions): number {
  let count = 1;
  for (const values of dimensions) {
    if (values.length === 0) throw new ParameterError('A dimension has no values.');
    if (new Set(values).size !== values.length) {
      throw new ParameterError('A dimension has the same value twice.');
    }
    count *= values.length;
    if (count > CELLS_MAX) throw new ParameterError('The dimensions have more than 2^32 cells.');
  }
  return count;
}

/**
 * `cell`: the mixed-radix index of a cell key in domain order, the first dimension most significant
 * (`docs/protocol.md §4`).
 *
 * @param cellKey one value per dimension
 * @throws {@link ParameterError} when a value is missing, left over or not of its domain
 */
export function cellIndex(dimensions: CellDimensions, cellKey: readonly string[]): number {
  if (cellKey.length !== dimensions.length) {
    throw new ParameterError('A cell key has one value for each dimension.');
  }
  let index = 0;
  for (const [position, values] of dimensions.entries()) {
    const digit = values.indexOf(cellKey[position] ?? '');
    if (digit < 0) throw new ParameterError('A cell key has a value outside its dimension.');
    index = index * values.length + digit;
  }
  return index;
}

/**
 * The cell key, one value per dimension, with an index; undoes {@link cellIndex}.
 *
 * @throws {@link ParameterError} when there is no such cell
 */
export function cellKey(dimensions: CellDimensions, cell: number): string[] {
  if (!Number.isInteger(cell) || cell < 0 || cell >= cellCount(dimensions)) {
    throw new ParameterError(`There is no cell ${cell}.`);
  }
  const key: string[] = [];
  let rest = cell;
  for (const values of [...dimensions].reverse()) {
    key.unshift(values[rest % values.length] ?? '');
    rest = Math.floor(rest / values.length);
  }
  return key;
}
