import { blocksForPlanes } from '@veilsum/crypto';
import type { ContributionId, MemberId, Product, Quote } from '@veilsum/protocol';
import { contributionWeight } from '../reward/contribution-weight.js';
import { priceSupport } from '../reward/subsidy.js';
import { divideContributorPool, type PaidContributor } from '../settlement/price-division.js';
import { poolsOf } from '../settlement/price.js';
import { isApproved } from '../rulebook/required-reviews.js';
import { splitOf, type RewardTerms } from '../settlement/settlement-of.js';
import { assess, type Assessment } from './assessment.js';
import { epsilonLeftMicro } from './eligibility.js';
import { countLegalEntities, type CohortMember, type QueryFacts } from './query-facts.js';
import { requestedCells } from './result-groups.js';

/** What a quoted price is divided by. */
export interface QuoteTerms extends RewardTerms {
  /** Contributions of which an opening agreed with its ciphertexts. */
  readonly agreedOpenings: ReadonlySet<ContributionId>;
  /** Registered costs that are not repaid yet, in minor units. */
  readonly outstandingCosts: ReadonlyMap<MemberId, bigint>;
}

/**
 * What `authorise` would say now, with what it would cost and to whom it would go; nothing is written
 * (docs/ledger.md, Queries).
 */
export function quoteOf(facts: QueryFacts, terms: QuoteTerms): Quote {
  const assessment = assess(facts);
  const { verdict, cohort, planes, groups, price } = assessment;
  return {
    verdict,
    ...ruledBy(facts, assessment),
    cohortSize: countLegalEntities(cohort),
    cohort: cohort.map(({ contribution }) => contribution.contributionId),
    price: price.toString(),
    priceSplit: priceSplitOf(facts, assessment, terms),
    ...(facts.priceSupport === undefined
      ? {}
      : { priceSupport: String(priceSupport(price, facts.priceSupport)) }),
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
  { now }: QueryFacts,
  { cohort, groups, price }: Assessment,
  terms: QuoteTerms,
): Quote['priceSplit'] {
  const pools = poolsOf(price, splitOf(terms));
  const cells = requestedCells(groups);
  const parts =
    cohort.length === 0 || cells.length === 0
      ? []
      : divideContributorPool(pools.contributors, {
          cells,
          contributors: cohort.map((member) => asPaidContributor(member, terms, now)),
          costCompensationBps: terms.scheme?.costCompensationBps ?? 0,
        });
  return {
    contributors: parts.map(({ memberId, minimum, cost, byCoverage }) => ({
      memberId,
      amount: (minimum + cost + byCoverage).toString(),
    })),
    keyholders: pools.keyholders.toString(),
    operator: pools.operator.toString(),
    subsidyFund: pools.subsidyFund.toString(),
  };
}

function asPaidContributor(
  { contribution, consent }: CohortMember,
  { scheme, agreedOpenings, outstandingCosts }: QuoteTerms,
  now: number,
): PaidContributor {
  const { contributionId, contributorId, coverage } = contribution;
  const agreedOpening = agreedOpenings.has(contributionId);
  return {
    memberId: contributorId,
    minimum: BigInt(consent.minimumPricePerUse),
    coverage,
    weight: contributionWeight({ ...contribution, agreedOpening }, scheme, now),
    outstandingCost: outstandingCosts.get(contributorId) ?? 0n,
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
