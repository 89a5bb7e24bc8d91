import type { Group } from './result-groups.js';
import type { CoveringMember } from './query-facts.js';

/** A cell, or a whole group, that too few legal entities declared to have data in. */
export interface ThinCoverage {
  readonly group: Group;
  /** The cell; absent when it is the group as a whole. */
  readonly cell?: number;
  readonly legalEntities: number;
}

/**
 * What an exact plan may not show. Every group needs `minCohort` legal entities whose declared coverage
 * has a cell of it. Every single cell needs none or `minCohort` too, since groups of two questions may
 * differ in that cell alone, and differences of sums are sums (docs/protocol.md §6.1).
 */
export function thinCoverage(
  groups: readonly Group[],
  cohort: readonly CoveringMember[],
  minCohort: number,
): ThinCoverage[] {
  const coverage = entitiesByCell(cohort);
  return groups.flatMap((group) => {
    const together = new Set(group.cells.flatMap((cell) => [...(coverage.get(cell) ?? [])]));
    const thinCells = group.cells.flatMap((cell) => {
      const legalEntities = coverage.get(cell)?.size ?? 0;
      return legalEntities === 0 || legalEntities >= minCohort
        ? []
        : [{ group, cell, legalEntities }];
    });
    return together.size < minCohort
      ? [{ group, legalEntities: together.size }, ...thinCells]
      : thinCells;
  });
}

function entitiesByCell(cohort: readonly CoveringMember[]): Map<number, Set<string>> {
  const coverage = new Map<number, Set<string>>();
  for (const { contribution, contributor } of cohort) {
    for (const cell of contribution.coverage) {
      const entities = coverage.get(cell) ?? new Set();
      coverage.set(cell, entities.add(contributor.legalEntityId));
    }
  }
  return coverage;
}
