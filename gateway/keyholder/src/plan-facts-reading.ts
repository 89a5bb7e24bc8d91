import {
  NOTHING_TAKEN,
  approvedReviews,
  versionInForce,
  type CountedPlan,
  type PlanFacts,
} from '@veilsum/rules';
import {
  VeilsumError,
  type AdoptedRulebook,
  type Contribution,
  type ContributionId,
  type Member,
  type MemberId,
  type Plan,
  type QueryRecord,
  type Rulebook,
} from '@veilsum/protocol';
import type { CommitteeLedger } from './committee-ledger.js';
import type { OpenAttempt } from './query-progress.js';

/** Statuses in which a plan was read or can still be; of any other a recorded share decides. */
const readableStatuses: ReadonlySet<string> = new Set([
  'authorised',
  'blinded',
  'released',
  'settled',
]);

/**
 * Everything that the standing of a plan depends on, as the keyholder's own ledger has it now
 * (docs/protocol.md §6.3).
 *
 * @param now milliseconds of the keyholder's own clock
 * @throws {@link VeilsumError} NOT_FOUND when the ledger lacks the analyst, the product or the key
 */
export async function readPlanFacts(
  { record, plan }: OpenAttempt,
  ledger: CommitteeLedger,
  now: number,
): Promise<PlanFacts> {
  const members = mapBy(await ledger.members(), ({ memberId }) => memberId);
  const contributions = mapBy(
    await ledger.contributions(plan),
    ({ contributionId }) => contributionId,
  );
  const committeeKey = await ledger.committeeKey(plan.keyId);
  const isActive = (memberId: MemberId) => members.get(memberId)?.status === 'active';
  return {
    now,
    request: record.request,
    plan,
    analyst: requireKnown(members.get(plan.analyst)),
    delegated: await readDelegated(record, members, ledger),
    product: await ledger.product(plan.productId, plan.productVersion),
    rulebook: versionOf(await ledger.rulebooks(), plan.authorisedAt),
    approved: approvedReviews(record.review),
    committeeKey,
    activeKeyholders: committeeKey.keyholders.filter(isActive).length,
    cohort: await readCohort(plan, { members, contributions }, ledger),
    countedPlans: await readCountedPlans(plan, { members, contributions }, ledger),
  };
}

/** The delegation that the analyst asked under, with its principal; a keyholder does not count its use. */
async function readDelegated(
  { request: { delegationId } }: QueryRecord,
  members: Known['members'],
  ledger: CommitteeLedger,
): Promise<PlanFacts['delegated']> {
  if (delegationId === undefined) return undefined;
  const delegation = await ledger.delegation(delegationId);
  const principal = requireKnown(members.get(delegation.principalId));
  return { delegation, principal, use: NOTHING_TAKEN };
}

/** The rulebook that was in force when a plan was authorised; the one that its query stays under. */
function versionOf(adopted: readonly AdoptedRulebook[], at: number): Rulebook | undefined {
  const versions = adopted.map(({ rulebook, inForceFrom }) => ({
    rulebook,
    inForceFrom,
    version: rulebook.version,
  }));
  return versionInForce(versions, at)?.rulebook;
}

interface Known {
  readonly members: ReadonlyMap<MemberId, Member>;
  readonly contributions: ReadonlyMap<ContributionId, Contribution>;
}

async function readCohort(
  plan: Plan,
  { members, contributions }: Known,
  ledger: CommitteeLedger,
): Promise<PlanFacts['cohort']> {
  const consents = mapBy(await ledger.consents(plan.productId), ({ consentId }) => consentId);
  return plan.cohort.flatMap((contributionId) => {
    const contribution = contributions.get(contributionId);
    if (contribution === undefined) return [];
    const contributor = requireKnown(members.get(contribution.contributorId));
    return [{ contribution, contributor, consent: consents.get(contribution.consentId) }];
  });
}

async function readCountedPlans(
  plan: Plan,
  known: Known,
  ledger: CommitteeLedger,
): Promise<CountedPlan[]> {
  const counted: CountedPlan[] = [];
  for (const record of await ledger.queries(plan.productId)) {
    const other = record.plan;
    if (other?.epoch !== plan.epoch || record.queryId === plan.queryId) continue;
    if (await isReadable(record, ledger)) counted.push(countedPlanOf(other, known));
  }
  return counted;
}

async function isReadable({ status, queryId }: QueryRecord, ledger: CommitteeLedger) {
  if (readableStatuses.has(status)) return true;
  return (await ledger.attempts(queryId)).some(({ shares }) => shares.length > 0);
}

function countedPlanOf(plan: Plan, { members, contributions }: Known): CountedPlan {
  const cohort = plan.cohort.map((contributionId) => {
    const { contributorId } = requireKnown(contributions.get(contributionId));
    const { legalEntityId } = requireKnown(members.get(contributorId));
    return { contributionId, legalEntityId };
  });
  return { queryId: plan.queryId, release: plan.release, cohort };
}

function mapBy<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key) {
  return new Map(values.map((value) => [keyOf(value), value]));
}

/** The ledger never forgets a member or a contribution that something else names. */
function requireKnown<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new VeilsumError('LEDGER_INTEGRITY', 'The ledger names something that it does not have.');
}
