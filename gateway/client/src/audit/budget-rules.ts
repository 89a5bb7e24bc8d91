import type { Consent, Contribution, Plan, QueryRecord } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** A query at the moment it was charged (more) ε, with its plan. */
interface Charge {
  readonly queryId: string;
  readonly plan: Plan;
  /** Micro-ε that this transaction added. */
  readonly added: number;
  /** Whether this transaction authorised the query. */
  readonly isNew: boolean;
}

/** @returns what this transaction charged, read from the query records alone and not from the accounts */
function chargesOf({ changes }: AuditedTransaction, before: LedgerState): Charge[] {
  return changes
    .filter(({ type, value }) => type === 'query' && value !== null)
    .map(({ value }) => value as QueryRecord)
    .flatMap(({ queryId, plan, chargedEpsilonMicro }) => {
      const earlier = before.query(queryId);
      const added = chargedEpsilonMicro - (earlier?.chargedEpsilonMicro ?? 0);
      return plan === undefined
        ? []
        : [{ queryId, plan, added, isNew: earlier?.plan === undefined }];
    });
}

/** A contribution of a cohort with the consent it rests on, as they stood then. */
function cohortMembers(
  plan: Plan,
  state: LedgerState,
): { contribution: Contribution; consent: Consent }[] {
  return plan.cohort.flatMap((contributionId) => {
    const contribution = state.contribution(contributionId);
    const consent = contribution && state.consent(contribution.consentId);
    return contribution && consent ? [{ contribution, consent }] : [];
  });
}

/** @returns micro-ε charged so far to a member for a source and epoch, over all products and versions */
function chargedSoFar(state: LedgerState, contributorId: string, of: Plan): number {
  const group = budgetGroupOf(state, of);
  return state
    .all<QueryRecord>('query')
    .filter(({ plan }) => plan?.epoch === of.epoch && budgetGroupOf(state, plan) === group)
    .filter(({ plan }) =>
      plan?.cohort.some((id) => state.contribution(id)?.contributorId === contributorId),
    )
    .reduce((sum, { chargedEpsilonMicro }) => sum + chargedEpsilonMicro, 0);
}

const budgetGroupOf = (state: LedgerState, { productId, productVersion }: Plan) =>
  state.product(productId, productVersion)?.budgetGroup;

/** No privacy budget was overdrawn when it was charged. */
export const budgets: AuditRule = {
  check: 'privacy budgets',
  claim:
    'No member was charged more ε for a source and epoch than its consent and the product allow.',
  observe(transaction, before) {
    return chargesOf(transaction, before)
      .filter(({ added }) => added > 0)
      .flatMap(({ plan, added }) =>
        cohortMembers(plan, before).flatMap(({ contribution: { contributorId }, consent }) => {
          const product = before.product(plan.productId, plan.productVersion);
          const limit = Math.min(product?.epsilonPerEpochMicro ?? 0, consent.epsilonPerEpochMicro);
          const charged = chargedSoFar(before, contributorId, plan) + added;
          return charged <= limit
            ? []
            : [
                `${contributorId} is charged ${charged} micro-ε in ${plan.epoch}, ${limit} allowed.`,
              ];
        }),
      );
  },
};

/** A query that ended without a recorded share gave its uses back. */
function countsAsUse({ status, plan, queryId }: QueryRecord, state: LedgerState): boolean {
  if (plan === undefined || status === 'refused') return false;
  if (status !== 'expired' && status !== 'failed') return true;
  return state.objects('share', queryId).length > 0;
}

/** No consent was used more often than it said when it was used. */
export const useCounts: AuditRule = {
  check: 'use counts',
  claim: 'No consent served more queries than it allowed.',
  observe(transaction, before) {
    const authorised = chargesOf(transaction, before).filter(({ isNew }) => isNew);
    return authorised.flatMap(({ plan }) =>
      cohortMembers(plan, before).flatMap(({ contribution: { contributionId }, consent }) => {
        const uses = before
          .all<QueryRecord>('query')
          .filter((query) => countsAsUse(query, before))
          .filter((query) => usesConsent(query, consent.consentId, before)).length;
        return uses < consent.maxUses
          ? []
          : [`${contributionId}: its consent allows ${consent.maxUses} uses and had them already.`];
      }),
    );
  },
};

const usesConsent = ({ plan }: QueryRecord, consentId: string, state: LedgerState) =>
  plan?.cohort.some((id) => state.contribution(id)?.consentId === consentId) ?? false;
