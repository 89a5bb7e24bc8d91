import type {
  Contribution,
  ContributionId,
  Member,
  MemberId,
  QueryRecord,
  QueryRequest,
  SettlementFacts,
} from '@veilsum/protocol';
import {
  isPriceSupported,
  outstandingCost,
  requestedCells,
  type PlannedQuery,
  type PriceSupportTerms,
  type QueryFacts,
  type QuoteTerms,
  type RewardTerms,
} from '@veilsum/rules';
import { readEscrowParts, readHeld } from './escrow.js';
import { contributions, members, productKey, products } from './ledger-objects.js';
import { holdsAtLeast, readBalance } from './posting.js';
import { cohortRows } from './query-objects.js';
import { agreedOpenings, costs, goals } from './reward-objects.js';
import type { WorldState } from './world-state.js';

const FUND = 'fund:subsidy';

/**
 * What the subsidy fund holds, cut off at what is needed of it. Whoever needs nothing does not read it, so
 * that only queries and settlements that it supports get in each other's way.
 */
export async function fundHoldings(state: WorldState, needed: bigint): Promise<bigint> {
  if (needed === 0n || (await holdsAtLeast(state, FUND, needed))) return needed;
  return readBalance(state, FUND);
}

/** The reduced price of a payer, and what a request names of goals; read beside the other facts. */
export async function readRewardFacts(
  state: WorldState,
  terms: RewardTerms,
  { payer, request }: { readonly payer: Member; readonly request: QueryRequest },
): Promise<Pick<QueryFacts, 'priceSupport' | 'goal'>> {
  const support = await readPriceSupport(state, terms, { payer, request });
  const { goalId } = request;
  const goal = goalId === undefined ? undefined : await state.get(goals, goalId);
  return {
    ...(support === undefined ? {} : { priceSupport: support }),
    ...(goal === undefined ? {} : { goal }),
  };
}

async function readPriceSupport(
  state: WorldState,
  { scheme }: RewardTerms,
  { payer, request }: { readonly payer: Member; readonly request: QueryRequest },
): Promise<PriceSupportTerms | undefined> {
  if (!isPriceSupported(payer, scheme)) return undefined;
  const { smallMembers } = scheme;
  // What the fund gave already, while the query waited for a review, is still there for it.
  const held = await readHeld(state, request.queryId, FUND);
  const most = BigInt(smallMembers.priceSupportMax);
  const fundHolds = held >= most ? held : held + (await fundHoldings(state, most - held));
  return { smallMembers, fundHolds };
}

/** What else a quote of a request is divided by. */
export async function readQuoteTerms(
  state: WorldState,
  terms: RewardTerms,
  { candidates, now }: Pick<QueryFacts, 'candidates' | 'now'>,
): Promise<QuoteTerms> {
  const opened = new Set<ContributionId>();
  const outstanding = new Map<MemberId, bigint>();
  for (const { contribution } of candidates) {
    const { contributionId, contributorId } = contribution;
    const facts = await readRewards(state, needsOf(terms), contribution, now);
    if (facts.agreedOpening) opened.add(contributionId);
    outstanding.set(contributorId, BigInt(facts.outstandingCost));
  }
  return { ...terms, agreedOpenings: opened, outstandingCosts: outstanding };
}

/** Everything that the settlement of a query depends on but the scheme and the fund. */
export async function readSettlementFacts(
  state: WorldState,
  query: PlannedQuery,
  settled: Pick<SettlementFacts, 'keyholders' | 'operatorId'> & { readonly needs: RewardNeeds },
): Promise<SettlementFacts> {
  const { queryId, plan } = query;
  const { productId, productVersion, epoch, authorisedAt, price } = plan;
  const product = await state.require(products, ...productKey(productId, productVersion));
  return {
    queryId,
    productId,
    epoch,
    authorisedAt,
    price,
    productPrice: product.price,
    payer: partyOf(await state.require(members, payerOf(query))),
    payments: await readEscrowParts(state, query),
    cells: requestedCells(plan.groups),
    contributors: await readContributors(state, query, settled.needs),
    keyholders: settled.keyholders,
    operatorId: settled.operatorId,
  };
}

/** Who pays for a query: its analyst, unless somebody else is named. */
export function payerOf({ analystId, payerId }: Pick<QueryRecord, 'analystId' | 'payerId'>) {
  return payerId ?? analystId;
}

/** A member as settlement facts name it. */
export function partyOf({ memberId, legalEntityId, size }: Member) {
  return { memberId, legalEntityId, size };
}

async function readContributors(
  state: WorldState,
  { plan }: PlannedQuery,
  needs: RewardNeeds,
): Promise<SettlementFacts['contributors']> {
  const found: SettlementFacts['contributors'] = [];
  const { productId, epoch, authorisedAt } = plan;
  for (const row of await state.list(cohortRows, plan.queryId)) {
    const { contributorId, contributionId, minimumPrice } = row;
    const place = [productId, epoch, contributorId, contributionId];
    const contribution = await state.require(contributions, ...place);
    found.push({
      ...partyOf(await state.require(members, contributorId)),
      minimum: minimumPrice,
      coverage: contribution.coverage,
      registeredAt: contribution.registeredAt,
      ...(await readRewards(state, needs, contribution, authorisedAt)),
    });
  }
  return found;
}

/** What of a contribution is read beside its coverage. */
export interface RewardNeeds {
  readonly openings: boolean;
  readonly costs: boolean;
}

/** For whoever wants to know what any scheme would do. */
export const allRewards: RewardNeeds = { openings: true, costs: true };

/** What terms look at, so that nothing else gets in a settlement's way. */
export function needsOf({ scheme }: RewardTerms): RewardNeeds {
  return {
    openings: (scheme?.quality.agreedOpening ?? 0) > 0,
    costs: (scheme?.costCompensationBps ?? 0) > 0,
  };
}

/** What a contribution earns beside its coverage. */
export async function readRewards(
  state: WorldState,
  needs: RewardNeeds,
  { contributionId, contributorId, productId, epoch }: Contribution,
  authorisedAt: number,
): Promise<Pick<SettlementFacts['contributors'][number], 'agreedOpening' | 'outstandingCost'>> {
  const cost = needs.costs ? await state.get(costs, productId, epoch, contributorId) : undefined;
  return {
    agreedOpening:
      needs.openings && (await state.get(agreedOpenings, contributionId)) !== undefined,
    outstandingCost: String(outstandingCost(cost, authorisedAt)),
  };
}
