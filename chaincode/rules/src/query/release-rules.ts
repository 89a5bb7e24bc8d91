import type { Product, QueryRequest, RuleOutcome } from '@veilsum/protocol';
import { productCellKey } from '../product/product-cells.js';
import { failed, passed } from '../verdict.js';
import { narrowDifferences } from './differencing.js';
import { thinCoverage, type ThinCoverage } from './group-coverage.js';
import type { CountedContribution, CountedPlan, CoveringMember } from './query-facts.js';
import type { Group } from './result-groups.js';

const GROUP_SIZE = { rule: 'group-size', version: 1 };
/** A sentence stays readable, and a record below the size of one ledger value. */
const PLACES_NAMED_MAX = 5;
const CELLS_LISTED_MAX = 1000;

const DIFFERENCING = { rule: 'differencing', version: 1 };

/** An exact plan shows no group and no single cell that only a few legal entities have (docs/protocol.md §6.1). */
export function groupsLargeEnough(
  product: Product,
  { release }: Pick<QueryRequest, 'release'>,
  {
    groups,
    cohort,
  }: { readonly groups: readonly Group[]; readonly cohort: readonly CoveringMember[] },
): RuleOutcome {
  const { minCohort } = product;
  if (release === 'noisy') {
    return passed(GROUP_SIZE, 'A noisy release may show small groups.', { release });
  }
  const thin = thinCoverage(groups, cohort, minCohort);
  const inputs = { release, minCohort, groups: groups.length };
  if (thin.length === 0) {
    const sentence = `Every group, and every cell that anyone has, is declared by at least ${minCohort} legal entities.`;
    return passed(GROUP_SIZE, sentence, inputs);
  }
  const names = thin.map((place) => `${placeName(product, place)} (${place.legalEntities})`);
  const named = names.slice(0, PLACES_NAMED_MAX).join('; ');
  const more =
    names.length > PLACES_NAMED_MAX ? ` and ${names.length - PLACES_NAMED_MAX} more` : '';
  const sentence = `Fewer than ${minCohort} legal entities declared data in ${named}${more}; leave these out or ask for noisy release.`;
  const thinCells = thin.flatMap(({ cell }) => (cell === undefined ? [] : [cell]));
  return failed(
    GROUP_SIZE,
    { code: 'GROUP_TOO_SMALL', sentence },
    { ...inputs, thin: thin.length, thinCells: thinCells.slice(0, CELLS_LISTED_MAX).join(',') },
  );
}

/** A cell by its values, a group by the values that it holds apart. */
function placeName(product: Product, { cell, group }: ThinCoverage): string {
  const key = cell === undefined ? group.key : productCellKey(product, cell);
  const values = Object.values(key).join('/');
  if (cell !== undefined) return values;
  return values === '' ? 'all cells together' : `the group ${values}`;
}

/** The cohort may not differ from another plan's in a few legal entities only (docs/protocol.md §6.1). */
export function differenceLargeEnough(
  { differencing, minCohort }: Product,
  cohort: readonly CountedContribution[],
  countedPlans: readonly CountedPlan[],
): RuleOutcome {
  const inputs = { differencing, minCohort, earlierPlans: countedPlans.length };
  if (differencing === 'unit') {
    const sentence = 'The product protects privacy units only, so cohorts may differ by a few.';
    return passed(DIFFERENCING, sentence, inputs);
  }
  const [narrow] = narrowDifferences(cohort, countedPlans, minCohort);
  if (narrow === undefined) {
    const sentence = `No other release of the epoch has a cohort that differs in fewer than ${minCohort} legal entities.`;
    return passed(DIFFERENCING, sentence, inputs);
  }
  const sentence = `The cohort differs from that of query ${narrow.queryId} in only ${narrow.legalEntities} legal entities, after a withdrawal, a new contribution or a spent budget; ask with the same contributors or about the next epoch.`;
  return failed(
    DIFFERENCING,
    { code: 'DIFFERENCING', sentence },
    { ...inputs, query: narrow.queryId, legalEntities: narrow.legalEntities },
  );
}

/** The contributions of a cohort as other plans are held against them. */
export function countedCohort(cohort: readonly CoveringMember[]): CountedContribution[] {
  return cohort.map(({ contribution, contributor }) => ({
    contributionId: contribution.contributionId,
    legalEntityId: contributor.legalEntityId,
  }));
}
