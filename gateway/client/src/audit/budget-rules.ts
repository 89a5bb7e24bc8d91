import type { Consent, Product, QueryRecord } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

/** What one member's privacy budget of a group and epoch was charged, and the limits on it. */
interface BudgetUse {
  readonly place: string;
  charged: number;
  limit: number;
}

/**
 * What was charged to each member, by budget group and epoch, from the query records alone. A query
 * that ended without any recorded share gave its ε back and shows a charge of 0.
 */
function budgetUses(state: LedgerState): BudgetUse[] {
  const uses = new Map<string, BudgetUse>();
  for (const { plan, chargedEpsilonMicro } of state.all<QueryRecord>('query')) {
    const product = plan && state.product(plan.productId, plan.productVersion);
    if (plan === undefined || product === undefined) continue;
    for (const contributionId of plan.cohort) {
      const contribution = state.contribution(contributionId);
      const consent = state.consent(contribution?.consentId ?? '');
      if (contribution === undefined || consent === undefined) continue;
      const place = `${contribution.contributorId}, ${product.budgetGroup}, ${plan.epoch}`;
      const use = uses.get(place) ?? { place, charged: 0, limit: 0 };
      use.charged += chargedEpsilonMicro;
      use.limit = Math.max(use.limit, highestLimit(product, consent));
      uses.set(place, use);
    }
  }
  return [...uses.values()];
}

const highestLimit = (product: Product, consent: Consent) =>
  Math.min(product.epsilonPerEpochMicro, consent.epsilonPerEpochMicro);

/** No privacy budget is overdrawn, counted from the queries and not from the accounts. */
export const budgets: AuditRule = {
  check: 'privacy budgets',
  claim:
    'No member was charged more ε for a source and epoch than its consents and products allow.',
  conclude(state) {
    return budgetUses(state)
      .filter(({ charged, limit }) => charged > limit)
      .map(
        ({ place, charged, limit }) => `${place}: ${charged} micro-ε charged, ${limit} allowed.`,
      );
  },
};

/** No consent was used more often than it says. */
export const useCounts: AuditRule = {
  check: 'use counts',
  claim: 'No consent served more queries than it allows.',
  conclude(state) {
    const uses = new Map<string, number>();
    for (const { plan, status, chargedEpsilonMicro, verdict } of state.all<QueryRecord>('query')) {
      if (plan === undefined || !verdict.allowed) continue;
      const givenBack = (status === 'expired' || status === 'failed') && chargedEpsilonMicro === 0;
      if (givenBack) continue;
      for (const contributionId of plan.cohort) {
        const consentId = state.contribution(contributionId)?.consentId ?? '';
        uses.set(consentId, (uses.get(consentId) ?? 0) + 1);
      }
    }
    return [...uses].flatMap(([consentId, count]) => {
      const allowed = state.consent(consentId)?.maxUses ?? 0;
      return count > allowed
        ? [`Consent ${consentId} served ${count} queries, ${allowed} allowed.`]
        : [];
    });
  },
};
