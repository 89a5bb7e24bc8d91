import type { Product, QueryRequest, RuleOutcome } from '@veilsum/protocol';
import { failed, passed } from '../verdict.js';
import { narrowDifferences } from './differencing.js';
import { thinCoverage } from './group-coverage.js';
import type { CountedContribution, CountedPlan, CoveringMember } from './query-facts.js';
import type { Group } from './result-groups.js';

const GROUP_SIZE = { rule: 'group-size', version: 1 };
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
  const inputs = { release, minCohort, groups: groups.length, thin: thin.length };
  const [worst] = thin;
  if (worst === undefined) {
    const sentence = `Every group, and every cell that anyone has, is declared by at least ${minCohort} legal entities.`;
    return passed(GROUP_SIZE, sentence, inputs);
  }
  const key = Object.values(worst.group.key).join(', ') || 'the whole';
  const place = worst.cell === undefined ? key : `cell ${worst.cell} of ${key}`;
  const sentence = `Only ${worst.legalEntities} legal entities declared data in ${place}, and ${minCohort} are needed; leave it out or ask for noisy release.`;
  return failed(GROUP_SIZE, { code: 'GROUP_TOO_SMALL', sentence }, inputs);
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
