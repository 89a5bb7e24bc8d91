import type {
  CommitteeKey,
  Consent,
  Contribution,
  Member,
  MemberId,
  Product,
  QueryRequest,
} from '@veilsum/protocol';
import {
  approvedReviews,
  splitOf,
  type CohortCandidate,
  type PlanFacts,
  type PlannedQuery,
  type QueryFacts,
} from '@veilsum/rules';
import { readEpochKeyId } from './contribution-facts.js';
import { readDelegated, readStandingDelegation } from './delegation-use.js';
import { readHeld } from './escrow.js';
import {
  committeeKeys,
  consents,
  contributions,
  members,
  productKey,
  products,
} from './ledger-objects.js';
import { holdsAtLeast, readBalance } from './posting.js';
import { readCitedQuestions } from './question-citation.js';
import { readRewardFacts } from './reward-facts.js';
import { rewardTermsNow } from './reward-scheme-adoption.js';
import {
  cohortRows,
  consentUses,
  countedPlans,
  privacyAccounts,
  resultKeys,
} from './query-objects.js';
import { rulebookInForce } from './rulebook-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

type FactsCall = Pick<TransactionCall, 'state' | 'now'>;

/** Whose request it is, and which review points approved it. */
export type Asking = Pick<QueryFacts, 'request' | 'analyst' | 'approved'>;

/** A request as it comes in, before anybody reviewed it. */
export const firstAsking = (
  { caller }: Pick<TransactionCall, 'caller'>,
  request: QueryRequest,
): Asking => ({ request, analyst: caller, approved: [] });

/**
 * Everything on the ledger that decides about a request. Contributions, consents and other plans are read
 * by range, so that one which comes or goes before the commit invalidates the transaction.
 */
export async function readQueryFacts(
  { state, now }: FactsCall,
  { request, analyst, approved }: Asking,
): Promise<QueryFacts> {
  const { productId, productVersion, epoch, questionIds } = request;
  const delegated = await readDelegated(state, request);
  const payer = delegated?.principal ?? analyst;
  const product = await state.require(products, ...productKey(productId, productVersion));
  const epochContributions = await state.list(contributions, productId, epoch);
  const committeeKey = await readEpochKey(state, epochContributions);
  const terms = await rewardTermsNow({ state, now });
  return {
    now,
    request,
    analyst,
    delegated,
    approved,
    product,
    rulebook: await rulebookInForce(state, now),
    committeeKey,
    activeKeyholders: await countActiveKeyholders(state, committeeKey),
    contributorsBps: splitOf(terms).contributorsBps,
    candidates: await readCandidates(
      state,
      product,
      epochContributions.filter((entry) => entry.productVersion === productVersion),
    ),
    countedPlans: await state.list(countedPlans, productId, epoch),
    resultKeyUsed: await isUsedByAnother(state, request),
    spendable: await readSpendable(state, payer.memberId, request),
    ...(questionIds && { citedQuestions: await readCitedQuestions(state, questionIds) }),
    // A large agent shall not get the reduced price of a small principal.
    ...(await readRewardFacts(state, terms, {
      payer: analyst.size === 'large' ? analyst : payer,
      request,
    })),
  };
}

/**
 * What the standing of a plan depends on now, each object of the cohort read by its key. Other plans are
 * left out: the ledger held every one of them against this plan when it authorised the later of the two,
 * and reading them would make each new query of the epoch get in the way of those being opened.
 */
export async function readPlanFacts(
  { state, now }: FactsCall,
  { plan, request, review }: PlannedQuery,
): Promise<PlanFacts> {
  const committeeKey = await state.get(committeeKeys, plan.keyId);
  return {
    now,
    request,
    plan,
    analyst: await state.require(members, plan.analyst),
    delegated: await readStandingDelegation(state, request),
    product: await state.require(products, ...productKey(plan.productId, plan.productVersion)),
    rulebook: await rulebookInForce(state, plan.authorisedAt),
    approved: approvedReviews(review),
    committeeKey,
    activeKeyholders: await countActiveKeyholders(state, committeeKey),
    cohort: await readPlannedCohort(state, plan),
    countedPlans: [],
  };
}

async function readEpochKey(state: WorldState, epochContributions: readonly Contribution[]) {
  const keyId = await readEpochKeyId(state, epochContributions);
  return keyId === undefined ? undefined : state.get(committeeKeys, keyId);
}

async function countActiveKeyholders(
  state: WorldState,
  key: CommitteeKey | undefined,
): Promise<number> {
  let active = 0;
  for (const memberId of key?.keyholders ?? []) {
    if ((await state.get(members, memberId))?.status === 'active') active += 1;
  }
  return active;
}

async function readCandidates(
  state: WorldState,
  product: Product,
  found: readonly Contribution[],
): Promise<CohortCandidate[]> {
  const given = new Map<string, Consent>(
    (await state.list(consents, product.productId)).map((consent) => [consent.consentId, consent]),
  );
  const candidates: CohortCandidate[] = [];
  for (const contribution of found) {
    const { contributorId, consentId, epoch } = contribution;
    const account = await state.get(privacyAccounts, product.budgetGroup, epoch, contributorId);
    candidates.push({
      contribution,
      contributor: await requireMember(state, contributorId),
      consent: given.get(consentId),
      consentUses: (await state.get(consentUses, consentId))?.uses ?? 0,
      spentMicro: account?.spentMicro ?? 0,
    });
  }
  return candidates;
}

async function readPlannedCohort(
  state: WorldState,
  { queryId, productId, epoch }: PlannedQuery['plan'],
): Promise<PlanFacts['cohort']> {
  const cohort: PlanFacts['cohort'][number][] = [];
  for (const row of await state.list(cohortRows, queryId)) {
    const { contributorId, contributionId, consentId } = row;
    cohort.push({
      contribution: await state.require(
        contributions,
        productId,
        epoch,
        contributorId,
        contributionId,
      ),
      contributor: await requireMember(state, contributorId),
      consent: await state.get(consents, productId, contributorId, consentId),
    });
  }
  return cohort;
}

function requireMember(state: WorldState, memberId: MemberId): Promise<Member> {
  return state.require(members, memberId);
}

/** A query that waited for a review has reserved its own key. */
async function isUsedByAnother(
  state: WorldState,
  { resultKey, queryId }: QueryRequest,
): Promise<boolean> {
  const use = await state.get(resultKeys, resultKey);
  return use !== undefined && use.queryId !== queryId;
}

/** Credits are only read when the folded balance is below the most that the query may cost. */
async function readSpendable(
  state: WorldState,
  memberId: MemberId,
  { queryId, maximumPrice }: QueryRequest,
): Promise<bigint> {
  const accountId = `member:${memberId}`;
  if (await holdsAtLeast(state, accountId, BigInt(maximumPrice))) return BigInt(maximumPrice);
  return (await readBalance(state, accountId)) + (await readHeld(state, queryId, accountId));
}
