import { VeilsumError, type ProductDefinition } from '@veilsum/protocol';
import { productCellCount, productCellKey } from '@veilsum/rules';
import type { CoverageRule } from '../mapping/mapping-schema.js';
import type { ContributionValues } from './contribution-values.js';

/**
 * The cells that a contributor declares to have data in (docs/ledger.md, Contributions). Only cells
 * whose data enters a statistic count: an opening compares the declaration with what was encrypted.
 * @returns ascending, without repetition
 * @throws {@link VeilsumError} MAPPING_INVALID when a cell is declared that has no data, or none exists
 */
export function coverageOf(
  product: ProductDefinition,
  rule: CoverageRule,
  values: ContributionValues,
): number[] {
  if (rule === 'none') return [];
  const withData = [...values.strips.keys()].sort((left, right) => left - right);
  if (rule === 'auto') return withData;
  requireDimensions(product, rule.cells);
  const cells = Array.from({ length: productCellCount(product) }, (_unused, cell) => cell).filter(
    (cell) => rule.cells.some((wanted) => matches(productCellKey(product, cell), wanted)),
  );
  const empty = cells.find((cell) => !values.strips.has(cell));
  if (cells.length === 0 || empty !== undefined) {
    throw new VeilsumError('MAPPING_INVALID', 'coverage declares a cell that has no data.');
  }
  return cells;
}

function matches(
  key: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([dimension, value]) => key[dimension] === value);
}

function requireDimensions(
  { dimensions }: ProductDefinition,
  cells: readonly Readonly<Record<string, string>>[],
): void {
  for (const [dimension, value] of cells.flatMap((cell) => Object.entries(cell))) {
    const known = dimensions.find(({ name }) => name === dimension);
    if (known?.values.includes(value) === true) continue;
    throw new VeilsumError('MAPPING_INVALID', `coverage: ${dimension} has no such value.`);
  }
}
