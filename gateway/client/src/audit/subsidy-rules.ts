import type { Cost, JournalEntry, Member, QueryRecord, RewardScheme } from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

const FUND = 'fund:subsidy';

/** The fund helps small members only, and within the caps of the scheme that the query keeps. */
export const subsidies: AuditRule = {
  check: 'subsidies and costs',
  claim:
    'The fund helped small members only, within the caps of the scheme in force; no cost was repaid beyond what was agreed.',
  observe(transaction, before) {
    const entries = changesOf<JournalEntry>(transaction, 'journal', before).flatMap(
      ({ after }) => after ?? [],
    );
    const query = (queryId: string | undefined) =>
      changesOf<QueryRecord>(transaction, 'query', before).find(
        ({ after }) => after?.queryId === queryId,
      )?.after ?? before.query(queryId ?? '');
    const helped = entries
      .filter(({ debit, kind }) => debit === FUND && kind !== 'refund')
      .flatMap((entry) => helpProblems(entry, query(entry.queryId), before));
    const costs = changesOf<Cost>(transaction, 'cost', before)
      .filter(({ after }) => after !== undefined && BigInt(after.repaid) > BigInt(after.amount))
      .map(({ after }) => `${after?.contributorId ?? ''} was repaid more than its cost.`);
    return [...helped, ...costs];
  },
};

function helpProblems(
  { kind, credit, amount }: JournalEntry,
  query: QueryRecord | undefined,
  state: LedgerState,
): string[] {
  const scheme = schemeOf(query, state);
  if (scheme === undefined) return [`The fund paid ${amount} (${kind}) without a reward scheme.`];
  const { priceSupportMax, topUpMax } = scheme.smallMembers;
  const isPrice = kind === 'subsidy-price';
  const helped = isPrice ? payerOf(query) : credit.replace(/^(member|frozen):/, '');
  const member = state.value('member', [helped]) as Member | undefined;
  const most = isPrice ? priceSupportMax : topUpMax;
  return [
    ...(member?.size === 'small' ? [] : [`The fund helped ${helped}, which is not small.`]),
    ...(BigInt(amount) <= BigInt(most)
      ? []
      : [`The fund paid ${helped} ${amount} (${kind}), at most ${most} is allowed.`]),
  ];
}

const payerOf = (query: QueryRecord | undefined) => query?.payerId ?? query?.analystId ?? '';

/** A query in review has no plan yet; its support is that of the scheme it is held under. */
function schemeOf(query: QueryRecord | undefined, state: LedgerState): RewardScheme | undefined {
  const schemes = state.all<RewardScheme>('rewardScheme');
  const version = query?.rewardSchemeVersion;
  if (version !== undefined) return schemes.find((scheme) => scheme.version === version);
  return schemeAt(state, query?.changedAt ?? 0);
}

function schemeAt(state: LedgerState, at: number): RewardScheme | undefined {
  return state
    .all<RewardScheme>('rewardScheme')
    .filter(({ effectiveFrom }) => effectiveFrom <= at)
    .sort((left, right) => right.version - left.version)[0];
}

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
