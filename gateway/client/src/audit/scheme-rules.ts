import type { QueryRecord, RewardScheme } from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

/** A query is settled by the reward scheme that was in force when it was authorised. */
export const schemesInForce: AuditRule = {
  check: 'reward schemes',
  claim: 'Every query was authorised under the reward scheme that was in force then, and kept it.',
  observe(transaction, before) {
    return changesOf<QueryRecord>(transaction, 'query', before)
      .filter(({ after }) => after?.plan !== undefined)
      .filter(({ after, earlier }) => {
        const expected =
          earlier?.plan === undefined
            ? schemeAt(before, transaction.timestampMs)?.version
            : earlier.rewardSchemeVersion;
        return after?.rewardSchemeVersion !== expected;
      })
      .map(({ after }) => `Query ${after?.queryId ?? ''} names another reward scheme.`);
  },
};

/** The newest scheme that was in force at a time. */
export function schemeAt(state: LedgerState, at: number): RewardScheme | undefined {
  return state
    .all<RewardScheme>('rewardScheme')
    .filter(({ effectiveFrom }) => effectiveFrom <= at)
    .sort((left, right) => right.version - left.version)[0];
}
