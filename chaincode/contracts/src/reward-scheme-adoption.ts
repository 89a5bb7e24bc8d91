import type { QueryRecord, RewardScheme } from '@veilsum/protocol';
import { rewardSchemeInForce, type RewardTerms } from '@veilsum/rules';
import { consortia } from './ledger-objects.js';
import { rewardSchemes, schemeKey } from './reward-objects.js';
import { recordRuleChange } from './rule-change.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** Adopts a checked reward scheme; it settles what is authorised from its date on, and nothing before. */
export async function adoptRewardScheme(
  call: Pick<TransactionCall, 'state' | 'transactionId'>,
  scheme: RewardScheme,
): Promise<void> {
  const policy = await recordRuleChange(call);
  await call.state.put(rewardSchemes, [schemeKey(scheme.version)], scheme, policy);
}

/** The terms that settle what is authorised now. */
export async function rewardTermsNow({
  state,
  now,
}: Pick<TransactionCall, 'state' | 'now'>): Promise<RewardTerms> {
  return {
    scheme: rewardSchemeInForce(await state.list(rewardSchemes), now),
    foundingSplit: (await state.require(consortia)).split,
  };
}

/** The terms that a query was authorised under. */
export async function rewardTermsOf(
  state: WorldState,
  { rewardSchemeVersion: version }: Pick<QueryRecord, 'rewardSchemeVersion'>,
): Promise<RewardTerms> {
  return {
    scheme:
      version === undefined ? undefined : await state.require(rewardSchemes, schemeKey(version)),
    foundingSplit: (await state.require(consortia)).split,
  };
}
