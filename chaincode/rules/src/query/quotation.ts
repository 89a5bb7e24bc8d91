import { blocksForPlanes } from '@veilsum/crypto';
import type { Product, Quote, SettlementSplit } from '@veilsum/protocol';
import { divideContributorPool } from '../settlement/price-division.js';
import { poolsOf } from '../settlement/price.js';
import { isApproved } from '../rulebook/required-reviews.js';
import { assess, type Assessment } from './assessment.js';
import { epsilonLeftMicro } from './eligibility.js';
import { countLegalEntities, type CohortMember, type QueryFacts } from './query-facts.js';
import { requestedCells } from './result-groups.js';

/**
 * What `authorise` would say now, with what it would cost and to whom it would go; nothing is written
 * (docs/ledger.md, Queries).
 */
export function quoteOf(facts: QueryFacts, split: SettlementSplit): Quote {
  const assessment = assess(facts);
  const { verdict, cohort, planes, groups, price } = assessment;
  return {
    verdict,
    ...ruledBy(facts, assessment),
    cohortSize: countLegalEntities(cohort),
    cohort: cohort.map(({ contribution }) => contribution.contributionId),
    price: price.toString(),
    priceSplit: priceSplitOf(assessment, split),
    epsilonMicro: facts.request.epsilonMicro,
    epsilonLeftMicro: leastLeftMicro(facts, cohort),
    groups: groups.length,
    blocks: blockCount(assessment),
    planes: planes.map((plane) => ({ ...plane, name: planeName(facts.product, plane.plane) })),
  };
}

/** Who would have to approve it yet, and what level the result would have. */
function ruledBy(
  { approved }: QueryFacts,
  { reviews, resultLevel }: Assessment,
): Pick<Quote, 'reviews' | 'resultLevel'> {
  const missing = reviews.filter((review) => !isApproved(review, approved));
  return {
    ...(missing.length === 0
      ? {}
      : { reviews: missing.map((review) => ({ ...review, entryIds: [...review.entryIds] })) }),
    ...(resultLevel === undefined ? {} : { resultLevel }),
  };
}

function priceSplitOf(
  { cohort, groups, price }: Assessment,
  split: SettlementSplit,
): Quote['priceSplit'] {
  const pools = poolsOf(price, split);
  const cells = requestedCells(groups);
  const parts =
    cohort.length === 0 || cells.length === 0
      ? []
      : divideContributorPool(pools.contributors, cohort.map(asPaidContributor), cells);
  return {
    contributors: parts.map(({ memberId, minimum, byCoverage }) => ({
      memberId,
      amount: (minimum + byCoverage).toString(),
    })),
    keyholders: pools.keyholders.toString(),
    operator: pools.operator.toString(),
    subsidyFund: pools.subsidyFund.toString(),
  };
}

function asPaidContributor({ contribution, consent }: CohortMember) {
  return {
    memberId: contribution.contributorId,
    minimum: BigInt(consent.minimumPricePerUse),
    coverage: contribution.coverage,
  };
}

/** The least ε that any member of the cohort has left afterwards; 0 without a cohort. */
function leastLeftMicro({ product, request }: QueryFacts, cohort: readonly CohortMember[]): number {
  const left = cohort.map(
    (member) => epsilonLeftMicro(member, product.epsilonPerEpochMicro) - request.epsilonMicro,
  );
  return left.reduce((least, value) => Math.min(least, value), left[0] ?? 0);
}

function blockCount({ layout, planes, groups }: Assessment): number {
  if (layout === undefined || planes.length === 0) return 0;
  const indices = planes.map(({ plane }) => plane);
  return groups.length * blocksForPlanes(layout, indices).length;
}

function planeName(product: Product, plane: number): string {
  return product.planes[plane]?.name ?? '';
}
