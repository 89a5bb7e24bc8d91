import { bytesToBigint } from '@veilsum/crypto';
import type { ContainerReader } from '@veilsum/protocol/container';
import type { CheckedPlan } from './checked-plan.js';
import { blockCountOf } from './checked-plan.js';

/** One row of every container of a cohort, and the aggregate block that it goes into. */
interface Placement {
  readonly row: number;
  readonly block: number;
}

/**
 * Multiplies what a plan takes out of each container of its cohort (docs/protocol.md §6.2). Memory
 * grows with the aggregate, not with the containers.
 */
export class Aggregation {
  readonly #n2: bigint;
  readonly #products: bigint[];
  readonly #placements: readonly Placement[];

  constructor(plan: CheckedPlan) {
    this.#n2 = plan.keyShare.key.n2;
    this.#products = new Array<bigint>(blockCountOf(plan)).fill(1n);
    this.#placements = placementsOf(plan);
  }

  /** @param reader a container that was verified, under the key of the plan */
  async add(reader: ContainerReader): Promise<void> {
    const rows = this.#placements.map(({ row }) => row);
    let next = 0;
    for await (const ciphertext of reader.ciphertexts(rows)) {
      const block = this.#placements[next]?.block ?? 0;
      const product = this.#products[block] ?? 1n;
      this.#products[block] = (product * bytesToBigint(ciphertext)) % this.#n2;
      next += 1;
    }
  }

  /** The aggregates in block order: integers in [1, n²). */
  blocks(): bigint[] {
    return [...this.#products];
  }
}

function placementsOf({ plan, layout, blocks }: CheckedPlan): Placement[] {
  const placements = plan.groups.flatMap(({ cells }, group) =>
    cells.flatMap((cell) =>
      blocks.map((block, position) => ({
        row: cell * layout.blocks + block,
        block: group * blocks.length + position,
      })),
    ),
  );
  return placements.sort((left, right) => left.row - right.row);
}
