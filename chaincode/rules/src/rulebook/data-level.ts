import type { Product, Release, Rulebook } from '@veilsum/protocol';

/** Level of data or of a result (GB/T 43697-2024). */
export type DataLevel = Product['classification'];

/** What the level of a product depends on. */
export type LevelledProduct = Pick<Product, 'classification' | 'tags'>;

const order: readonly DataLevel[] = ['general', 'important', 'core'];

/** Of two levels the one that protects more. */
export function higherLevel(left: DataLevel, right: DataLevel): DataLevel {
  return order.indexOf(left) >= order.indexOf(right) ? left : right;
}

/**
 * The level of a product's data: the highest of the publisher's own and those that the rulebook gives to
 * its tags (GB/T 43697-2024: take the highest that applies).
 */
export function levelOfProduct(
  { classification, tags }: LevelledProduct,
  rulebook: Pick<Rulebook, 'levels'> | undefined,
): DataLevel {
  return (rulebook?.levels.byTag ?? [])
    .filter(({ tag }) => tags.includes(tag))
    .reduce((highest, { level }) => higherLevel(highest, level), classification);
}

/** What the level of a result depends on besides its product. */
export interface ResultFacts {
  readonly release: Release;
  /** Distinct legal entities. */
  readonly cohortSize: number;
  /** Cells that the smallest group of the result sums over. */
  readonly leastGroupCells: number;
}

/**
 * The level of a result: that of its data, but for a noisy statistic of important data over many legal
 * entities and cells, which is general. An exact one stays what its data is.
 */
export function levelOfResult(
  product: LevelledProduct,
  { release, cohortSize, leastGroupCells }: ResultFacts,
  rulebook: Pick<Rulebook, 'levels'>,
): DataLevel {
  const level = levelOfProduct(product, rulebook);
  if (level !== 'important') return level;
  const { minCohort, minGroupCells } = rulebook.levels.aggregated;
  const aggregated =
    release === 'noisy' && cohortSize >= minCohort && leastGroupCells >= minGroupCells;
  return aggregated ? 'general' : 'important';
}
