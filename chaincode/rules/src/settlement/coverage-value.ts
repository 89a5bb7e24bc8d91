import { addFractions, fraction, type Fraction } from './fraction.js';
import type { Claim } from './largest-remainder.js';

/** A contributor of a cohort with the cells that it declared to have data in. */
export interface CoveringContributor {
  /** Member id. */
  readonly id: string;
  readonly coverage: readonly number[];
}

/**
 * The Shapley value of the coverage game in closed form (docs/ledger.md, Settlement): every requested
 * cell is worth the same, and its worth is split equally among the contributors whose declared coverage
 * has it. A cell that nobody declares falls to the whole cohort equally.
 *
 * It is the Shapley value because the game is a sum of one game per cell, in which whoever comes first
 * of those that have the cell brings all of its worth, and each of them comes first equally often.
 * @param cells requested cells, none twice, at least one
 * @param contributors at least one; one with several contributions counts once
 * @returns each contributor's part of the whole; parts add up to 1
 * @throws Error without cells or contributors
 */
export function coverageValue(
  cells: readonly number[],
  contributors: readonly CoveringContributor[],
): Claim[] {
  const coverages = coverageByContributor(contributors);
  if (cells.length === 0 || coverages.size === 0) {
    throw new Error('A coverage value needs cells and contributors.');
  }
  const everybody = coverages.size;
  const holders = cells.map(
    (cell) => [...coverages.values()].filter((coverage) => coverage.has(cell)).length,
  );
  return [...coverages].map(([id, coverage]) => {
    const counts = cells.flatMap((cell, position) => {
      const holderCount = holders[position] ?? 0;
      if (holderCount === 0) return [everybody];
      return coverage.has(cell) ? [holderCount] : [];
    });
    return { id, part: sumOfReciprocals(counts, BigInt(cells.length)) };
  });
}

function coverageByContributor(
  contributors: readonly CoveringContributor[],
): Map<string, ReadonlySet<number>> {
  const coverages = new Map<string, Set<number>>();
  for (const { id, coverage } of contributors) {
    const cells = coverages.get(id) ?? new Set();
    for (const cell of coverage) cells.add(cell);
    coverages.set(id, cells);
  }
  return coverages;
}

/** Σ 1/(count · divisor); equal counts are added first, so that few fractions are. */
function sumOfReciprocals(counts: readonly number[], divisor: bigint): Fraction {
  const multiples = new Map<number, bigint>();
  for (const count of counts) multiples.set(count, (multiples.get(count) ?? 0n) + 1n);
  return [...multiples]
    .map(([count, multiple]) => fraction(multiple, BigInt(count) * divisor))
    .reduce(addFractions, fraction(0n, 1n));
}
