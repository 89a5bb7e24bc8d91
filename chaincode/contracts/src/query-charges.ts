import type { MemberId, Plan, PrivacyAccount } from '@veilsum/protocol';
import {
  rechargeAllowed,
  requireAllowed,
  verdictOf,
  type CohortMember,
  type PlannedQuery,
} from '@veilsum/rules';
import { consents, productKey, products } from './ledger-objects.js';
import {
  cohortRows,
  consentUses,
  countedPlans,
  privacyAccounts,
  type CohortRow,
} from './query-objects.js';
import type { WorldState } from './world-state.js';

/** Charges a new plan: ε to every contributor's privacy account, one use to every consent. */
export async function chargePlan(
  state: WorldState,
  plan: Plan,
  cohort: readonly CohortMember[],
): Promise<void> {
  const { budgetGroup } = await requireProduct(state, plan);
  const spent = new Map(
    cohort.map(({ contribution, spentMicro }) => [contribution.contributorId, spentMicro]),
  );
  for (const [memberId, spentMicro] of spent) {
    const account = { memberId, budgetGroup, epoch: plan.epoch, spentMicro };
    await writeSpent(state, account, plan.epsilonMicro);
  }
  for (const { consent, consentUses: uses } of cohort) {
    const { consentId } = consent;
    await state.put(consentUses, [consentId], { consentId, uses: uses + 1 });
  }
}

/**
 * Charges the ε of a plan once more, for an attempt after a recorded share (docs/protocol.md §6.8).
 * @throws {@link VeilsumError} PRIVACY_BUDGET when a contributor does not have it left
 */
export async function rechargePlan(state: WorldState, plan: Plan): Promise<void> {
  const { epsilonPerEpochMicro } = await requireProduct(state, plan);
  const rows = await state.list(cohortRows, plan.queryId);
  const accounts = await readAccounts(state, plan, rows);
  const cohort = [];
  for (const { contributorId, consentId } of rows) {
    const consent = await state.require(consents, plan.productId, contributorId, consentId);
    cohort.push({ consent, spentMicro: accounts.get(contributorId)?.spentMicro ?? 0 });
  }
  requireAllowed(verdictOf([rechargeAllowed(cohort, plan.epsilonMicro, epsilonPerEpochMicro)]));
  for (const account of accounts.values()) await writeSpent(state, account, plan.epsilonMicro);
}

/**
 * Gives back what a query took that ended without any recorded share: ε, uses of consents, and its place
 * among the plans that later cohorts are held against.
 */
export async function giveBack(state: WorldState, query: PlannedQuery): Promise<void> {
  const { plan, chargedEpsilonMicro } = query;
  const rows = await state.list(cohortRows, plan.queryId);
  for (const account of (await readAccounts(state, plan, rows)).values()) {
    await writeSpent(state, account, -chargedEpsilonMicro);
  }
  for (const { consentId } of rows) {
    const { uses } = await state.require(consentUses, consentId);
    await state.put(consentUses, [consentId], { consentId, uses: uses - 1 });
  }
  await state.delete(countedPlans, plan.productId, plan.epoch, plan.queryId);
}

/** The privacy account of a member; one that was never charged has spent nothing. */
export async function readPrivacyAccount(
  state: WorldState,
  of: Omit<PrivacyAccount, 'spentMicro'>,
): Promise<PrivacyAccount> {
  const { memberId, budgetGroup, epoch } = of;
  const account = await state.get(privacyAccounts, budgetGroup, epoch, memberId);
  return account ?? { memberId, budgetGroup, epoch, spentMicro: 0 };
}

async function readAccounts(
  state: WorldState,
  plan: Plan,
  rows: readonly CohortRow[],
): Promise<Map<MemberId, PrivacyAccount>> {
  const { budgetGroup } = await requireProduct(state, plan);
  const accounts = new Map<MemberId, PrivacyAccount>();
  for (const memberId of new Set(rows.map(({ contributorId }) => contributorId))) {
    const of = { memberId, budgetGroup, epoch: plan.epoch };
    accounts.set(memberId, await readPrivacyAccount(state, of));
  }
  return accounts;
}

/** An exact plan charges 0, which leaves no trace and so gets in nobody's way. */
async function writeSpent(
  state: WorldState,
  account: PrivacyAccount,
  changeMicro: number,
): Promise<void> {
  if (changeMicro === 0) return;
  const { budgetGroup, epoch, memberId } = account;
  const spentMicro = account.spentMicro + changeMicro;
  await state.put(privacyAccounts, [budgetGroup, epoch, memberId], { ...account, spentMicro });
}

function requireProduct(state: WorldState, { productId, productVersion }: Plan) {
  return state.require(products, ...productKey(productId, productVersion));
}
