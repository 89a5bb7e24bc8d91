import { cellCount, cellIndex, cellKey } from '@veilsum/crypto';
import { VeilsumError, type Product } from '@veilsum/protocol';

type DimensionedProduct = Pick<Product, 'dimensions'>;

/** One value for each dimension, by its name. */
export type CellKey = Readonly<Record<string, string>>;

/** The number of cell keys of a product: the product of the sizes of its dimensions. */
export function productCellCount(product: DimensionedProduct): number {
  return cellCount(domainsOf(product));
}

/**
 * The cell of a cell key (docs/protocol.md §4).
 * @throws {@link VeilsumError} INVALID_ARGUMENT when a dimension is missing or has no such value
 */
export function productCellIndex(product: DimensionedProduct, key: CellKey): number {
  const values = product.dimensions.map(({ name, values: domain }) => {
    const value = Object.hasOwn(key, name) ? key[name] : undefined;
    if (value !== undefined && domain.includes(value)) return value;
    throw new VeilsumError('INVALID_ARGUMENT', `The dimension ${name} has no such value.`);
  });
  return cellIndex(domainsOf(product), values);
}

/**
 * The cell key of a cell, undoing {@link productCellIndex}.
 * @throws ParameterError of crypto when there is no such cell
 */
export function productCellKey(product: DimensionedProduct, cell: number): CellKey {
  const values = cellKey(domainsOf(product), cell);
  return Object.fromEntries(
    product.dimensions.map(({ name }, position) => [name, values[position] ?? '']),
  );
}

function domainsOf({ dimensions }: DimensionedProduct): string[][] {
  return dimensions.map(({ values }) => values);
}
