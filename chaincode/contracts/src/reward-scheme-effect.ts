import { proposalContentSchemas, type RewardScheme } from '@veilsum/protocol';
import { checkRewardScheme, requireAllowed, ruleApprovals } from '@veilsum/rules';
import type { ProposedKind } from './proposal-effect.js';
import { rewardSchemes } from './reward-objects.js';
import { adoptRewardScheme } from './reward-scheme-adoption.js';

/** A reward scheme; it settles what is authorised from its date on. */
export const rewardScheme: ProposedKind<RewardScheme> = {
  schema: proposalContentSchemas.rewardScheme,
  approvals: (facts) => ruleApprovals(facts),
  async check({ state }, scheme) {
    requireAllowed(checkRewardScheme(scheme, await state.list(rewardSchemes)));
  },
  async effect(call, scheme) {
    await adoptRewardScheme(call, scheme);
    return { name: 'consortiumChanged', payload: { rewardSchemeVersion: scheme.version } };
  },
};
