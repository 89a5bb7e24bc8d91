import { decodePublicKey } from '@veilsum/crypto';
import {
  hashSchema,
  type Attempt,
  type Consent,
  type Goal,
  type GoalOutcome,
  type GoalId,
  type PublishedGroup,
  type QueryId,
  type ResultPublication,
} from '@veilsum/protocol';
import {
  checkPublication,
  goalOutcome,
  layoutForProduct,
  openGroups,
  requireAllowed,
  requirePlanned,
  settleAgreement,
  statisticValue,
  type PlannedQuery,
  type Posting,
  type ReadableResult,
} from '@veilsum/rules';
import { committeeKeys, consents, productKey, products } from './ledger-objects.js';
import { post } from './posting.js';
import { attemptPart, cohortRows, pastAttempts, queries, shares } from './query-objects.js';
import {
  agreements,
  goalOutcomes,
  goals,
  groupPart,
  publishedGroups,
  publishedResults,
  waitingAgreements,
} from './reward-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/**
 * Agreements that one publication decides by itself, so that nobody can make it too large with many small
 * ones; `agreement:settle` decides the others.
 */
const AGREEMENTS_MAX = 32;

/**
 * Makes a result, or some of its groups, readable for everyone, and lets follow what was agreed on it:
 * bonuses and attained goals (docs/ledger.md, Settlement). The certificate is verified here.
 * @returns every published group of the query
 */
export async function publishResult(
  call: TransactionCall,
  publication: ResultPublication,
): Promise<PublishedGroup[]> {
  const { state } = call;
  const query = requirePlanned(await state.require(queries, publication.queryId));
  const { productId, productVersion } = query.plan;
  const product = await state.require(products, ...productKey(productId, productVersion));
  requireAllowed(
    checkPublication({
      now: call.now,
      query,
      level: query.resultLevel ?? product.classification,
      product,
      publisher: call.caller,
      consents: await readCohortConsents(state, query),
    }),
  );
  const earlier = await state.list(publishedGroups, query.queryId);
  const known = new Set(earlier.map(({ group }) => group));
  const opened = await openPublication(call, query, publication);
  const added = opened.filter(({ group }) => !known.has(group));
  if (added.length === 0) return earlier;
  await writeGroups(call, query, added);
  const groups = [...earlier, ...added].sort((left, right) => left.group - right.group);
  await applyResult(call, query, { product, plan: query.plan, request: query.request, groups });
  call.emit('resultPublished', { queryId: query.queryId, groups: added.length });
  return groups;
}

async function readCohortConsents(
  state: WorldState,
  { queryId, plan }: PlannedQuery,
): Promise<(Consent | undefined)[]> {
  const found: (Consent | undefined)[] = [];
  for (const { contributorId, consentId } of await state.list(cohortRows, queryId)) {
    found.push(await state.get(consents, plan.productId, contributorId, consentId));
  }
  return found;
}

async function openPublication(
  { state, caller, now }: TransactionCall,
  query: PlannedQuery,
  { certificate, groups }: ResultPublication,
): Promise<PublishedGroup[]> {
  const { queryId, plan, planHash } = query;
  const { record } = await state.require(committeeKeys, plan.keyId);
  const product = await state.require(products, ...productKey(plan.productId, plan.productVersion));
  const opened = openGroups({
    key: decodePublicKey(record),
    layout: layoutForProduct(product, record),
    plan,
    planHash,
    certificate,
    groups,
    shares: await state.list(shares, queryId, attemptPart(certificate.attempt)),
  });
  const attempt = await readAttempt(state, query, certificate.attempt);
  return opened.groups.map((group) => ({
    queryId,
    ...group,
    attempt: certificate.attempt,
    finalHash: opened.finalHash,
    certificateHash: hashSchema.parse(opened.certificateHash),
    samples: attempt.keyholders.length,
    publishedBy: caller.memberId,
    publishedAt: now,
  }));
}

function readAttempt(
  state: WorldState,
  { queryId, attempt }: PlannedQuery,
  number: number,
): Promise<Attempt> {
  return attempt.attempt === number
    ? Promise.resolve(attempt)
    : state.require(pastAttempts, queryId, attemptPart(number));
}

async function writeGroups(
  { state, now }: TransactionCall,
  { queryId, planHash, plan }: PlannedQuery,
  groups: readonly PublishedGroup[],
): Promise<void> {
  const { productId, epoch } = plan;
  const header = { queryId, planHash, productId, epoch, publishedAt: now };
  if ((await state.get(publishedResults, productId, epoch, queryId)) === undefined) {
    await state.put(publishedResults, [productId, epoch, queryId], header);
  }
  for (const group of groups) {
    await state.put(publishedGroups, [queryId, groupPart(group.group)], group);
  }
}

/** Bonuses and goals that follow from what is public now. */
async function applyResult(
  call: TransactionCall,
  query: PlannedQuery,
  result: ReadableResult,
): Promise<void> {
  const measured = new Set<GoalId>();
  if (query.request.goalId !== undefined) measured.add(query.request.goalId);
  const postings: Posting[] = [];
  for (const goalId of await settleAgreements(call, query.queryId, { result, postings })) {
    measured.add(goalId);
  }
  await post(call, postings);
  for (const goalId of measured) await measureGoal(call, goalId, query.queryId, result);
}

/** @returns the goals that the decided agreements serve */
async function settleAgreements(
  { state, now }: TransactionCall,
  queryId: QueryId,
  { result, postings }: { readonly result: ReadableResult; readonly postings: Posting[] },
): Promise<GoalId[]> {
  const { productId, epoch } = result.plan;
  const served: GoalId[] = [];
  const waiting = await state.list(waitingAgreements, productId, epoch);
  for (const { agreementId } of waiting.slice(0, AGREEMENTS_MAX)) {
    const agreement = await state.require(agreements, agreementId);
    const value = statisticValue(agreement.statistic, result);
    if (value === undefined || now > agreement.until) continue;
    const settled = settleAgreement(agreement, { queryId, value, at: now });
    await state.put(agreements, [agreementId], settled.agreement);
    await state.delete(waitingAgreements, productId, epoch, agreementId);
    postings.push(...settled.postings);
    if (agreement.goalId !== undefined) served.push(agreement.goalId);
  }
  return served;
}

/** Records what a result comes to for a goal, once. */
async function measureGoal(
  { state, now }: TransactionCall,
  goalId: GoalId,
  queryId: QueryId,
  result: ReadableResult,
): Promise<void> {
  const goal: Goal | undefined = await state.get(goals, goalId);
  if (goal === undefined) return;
  const value = statisticValue(goal.statistic, result);
  const known: GoalOutcome | undefined = await state.get(goalOutcomes, goalId, queryId);
  if (value === undefined || known !== undefined) return;
  await state.put(goalOutcomes, [goalId, queryId], goalOutcome(goal, { queryId, value, at: now }));
}
