import { blocksForPlanes, type Layout } from '@veilsum/crypto';
import type { Plan } from '@veilsum/protocol';

/**
 * A slice of the multiplications that the aggregates of a plan take: some rows, the same in every
 * container of the cohort. An aggregate whose rows fall into two slices is the product of both.
 */
export interface AggregationSlice {
  /** Position of the first and behind the last placement of the slice; names it. */
  readonly from: number;
  readonly to: number;
  /** Index of the first aggregate that the slice touches, in block order. */
  readonly firstBlock: number;
  /** Number of aggregates that it touches. */
  readonly count: number;
  /** Ascending rows of a container. */
  readonly rows: readonly number[];
  /** For each row, the aggregate it goes into, counted from `firstBlock`. */
  readonly positions: readonly number[];
}

interface Placement {
  readonly row: number;
  readonly block: number;
}

/** Number of aggregates of a plan: one for each group and needed block (docs/protocol.md §6.2). */
export function aggregateCount(plan: Plan, layout: Layout): number {
  return plan.groups.length * neededBlocks(plan, layout).length;
}

/**
 * Cuts the work into slices of at most `placementsMax` rows, in block order: groups in plan order, then
 * blocks ascending (docs/protocol.md §6.2). The same plan gives the same slices.
 */
export function* sliceAggregation(
  plan: Plan,
  layout: Layout,
  placementsMax: number,
): Generator<AggregationSlice> {
  let from = 0;
  let pending: Placement[] = [];
  for (const placement of placementsOf(plan, layout)) {
    pending.push(placement);
    if (pending.length < placementsMax) continue;
    yield sliceOf(pending, from);
    from += pending.length;
    pending = [];
  }
  if (pending.length > 0) yield sliceOf(pending, from);
}

function* placementsOf(plan: Plan, layout: Layout): Generator<Placement> {
  const blocks = neededBlocks(plan, layout);
  for (const [group, { cells }] of plan.groups.entries()) {
    for (const [position, block] of blocks.entries()) {
      for (const cell of cells) {
        yield { row: cell * layout.blocks + block, block: group * blocks.length + position };
      }
    }
  }
}

function sliceOf(placements: readonly Placement[], from: number): AggregationSlice {
  const firstBlock = placements[0]?.block ?? 0;
  const lastBlock = placements.at(-1)?.block ?? firstBlock;
  const byRow = [...placements].sort((left, right) => left.row - right.row);
  return {
    from,
    to: from + placements.length,
    firstBlock,
    count: lastBlock - firstBlock + 1,
    rows: byRow.map(({ row }) => row),
    positions: byRow.map(({ block }) => block - firstBlock),
  };
}

function neededBlocks(plan: Plan, layout: Layout): number[] {
  return blocksForPlanes(
    layout,
    plan.planes.map(({ plane }) => plane),
  );
}
