import type { CountedContribution, CountedPlan } from './query-facts.js';

/** Two cohorts whose releases, subtracted, would show too few legal entities. */
export interface CohortDifference {
  readonly queryId: CountedPlan['queryId'];
  /** Legal entities in which the cohorts differ; at least 1. */
  readonly legalEntities: number;
}

/**
 * Earlier plans whose cohort differs from this one in at least 1 but fewer than `minCohort` legal
 * entities (docs/protocol.md §6.1). Two differences count: of the sets of contributions, and of the
 * legal entities alone, since another product version holds the same data under other ids.
 */
export function narrowDifferences(
  cohort: readonly CountedContribution[],
  countedPlans: readonly CountedPlan[],
  minCohort: number,
): CohortDifference[] {
  return countedPlans.flatMap(({ queryId, cohort: earlier }) => {
    const narrow = [contributionDifference(cohort, earlier), entityDifference(cohort, earlier)]
      .filter((size) => size >= 1 && size < minCohort)
      .sort((left, right) => left - right)[0];
    return narrow === undefined ? [] : [{ queryId, legalEntities: narrow }];
  });
}

type Contributions = readonly CountedContribution[];

function contributionDifference(left: Contributions, right: Contributions): number {
  const lacks = (others: Contributions) => {
    const ids = new Set(others.map(({ contributionId }) => contributionId));
    return ({ contributionId }: CountedContribution) => !ids.has(contributionId);
  };
  const differing = [...left.filter(lacks(right)), ...right.filter(lacks(left))];
  return new Set(differing.map(({ legalEntityId }) => legalEntityId)).size;
}

function entityDifference(left: Contributions, right: Contributions): number {
  const entitiesOf = (cohort: Contributions) =>
    new Set(cohort.map(({ legalEntityId }) => legalEntityId));
  const leftEntities = entitiesOf(left);
  const rightEntities = entitiesOf(right);
  const onlyOf = (one: typeof leftEntities, other: typeof leftEntities) =>
    [...one].filter((entity) => !other.has(entity)).length;
  return onlyOf(leftEntities, rightEntities) + onlyOf(rightEntities, leftEntities);
}
