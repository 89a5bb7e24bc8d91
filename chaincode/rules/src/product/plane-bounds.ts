import { VeilsumError, type Plane, type Product } from '@veilsum/protocol';

/** What one privacy unit can add to one (cell, lane) pair of a plane. */
export interface PlaneBounds {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** The part of a product that bounds depend on. */
export type BoundedProduct = Pick<Product, 'measures' | 'privacyUnit'>;

/**
 * The bounds of a plane: [0, 1] for count, else the extremes of x, x² or x·y over the bounds of its
 * measures (docs/protocol.md §5).
 * @returns undefined when the plane is a `total` or a measure has no bounds: for exact release only
 */
export function planeBounds(product: BoundedProduct, plane: Plane): PlaneBounds | undefined {
  if (plane.statistic === 'count') return { lower: 0n, upper: 1n };
  if (plane.statistic === 'total') return undefined;
  const [first, second] = measureNames(plane).map((name) => measureBounds(product, name));
  if (first === undefined) return undefined;
  if (plane.statistic === 'sum') return first;
  if (plane.statistic === 'sumSquares') return squareBounds(first);
  return second === undefined ? undefined : productBounds(first, second);
}

/**
 * Δ₁ of a plane: maxCellsPerUnit · max(|lower|, |upper|), for both spans (docs/protocol.md §6.1).
 * @throws {@link VeilsumError} FUNCTION_NOT_ALLOWED when the plane has no bounds
 */
export function sensitivity(product: BoundedProduct, plane: Plane): bigint {
  const bounds = planeBounds(product, plane);
  if (bounds === undefined) {
    throw new VeilsumError(
      'FUNCTION_NOT_ALLOWED',
      `The plane ${plane.name} has no bounds, so it is for exact release only.`,
    );
  }
  const { lower, upper } = bounds;
  return (
    BigInt(product.privacyUnit.maxCellsPerUnit) * maximum([magnitude(lower), magnitude(upper)])
  );
}

/** The measures of a plane: none for count, two for sumProduct, else one. */
export function measureNames({
  measure,
  statistic,
}: Pick<Plane, 'measure' | 'statistic'>): string[] {
  if (measure === undefined) return [];
  return statistic === 'sumProduct' ? measure.split(',') : [measure];
}

function measureBounds({ measures }: BoundedProduct, name: string): PlaneBounds | undefined {
  const measure = measures.find((candidate) => candidate.name === name);
  if (measure?.lower === undefined || measure.upper === undefined) return undefined;
  return { lower: BigInt(measure.lower), upper: BigInt(measure.upper) };
}

function squareBounds({ lower, upper }: PlaneBounds): PlaneBounds {
  const squares = [lower * lower, upper * upper];
  const spansZero = lower <= 0n && upper >= 0n;
  return { lower: spansZero ? 0n : minimum(squares), upper: maximum(squares) };
}

function productBounds(first: PlaneBounds, second: PlaneBounds): PlaneBounds {
  // A product of two intervals has its extremes at their ends.
  const corners = [first.lower, first.upper].flatMap((left) => [
    left * second.lower,
    left * second.upper,
  ]);
  return { lower: minimum(corners), upper: maximum(corners) };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function minimum(values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least));
}

function maximum(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most));
}
