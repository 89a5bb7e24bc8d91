import type { RuleOutcome } from '@veilsum/protocol';
import { failed, passed } from '../verdict.js';
import { epsilonLeftMicro } from './eligibility.js';
import type { CohortMember } from './query-facts.js';

const PRIVACY_BUDGET = { rule: 'privacy-budget', version: 1 };

/**
 * Whether every contributor of a plan has its ε left once more, as a further attempt after a recorded
 * share takes (docs/protocol.md §6.8).
 */
export function rechargeAllowed(
  cohort: readonly Pick<CohortMember, 'consent' | 'spentMicro'>[],
  epsilonMicro: number,
  productEpsilonMicro: number,
): RuleOutcome {
  const lacking = cohort.filter(
    (member) => epsilonLeftMicro(member, productEpsilonMicro) < epsilonMicro,
  ).length;
  const inputs = { epsilonMicro, lacking };
  if (lacking === 0) {
    return passed(PRIVACY_BUDGET, 'Every contributor has the ε of another attempt left.', inputs);
  }
  const sentence = `A share of the last attempt is recorded, so another one costs ε again, and ${lacking} contributors do not have it left.`;
  return failed(PRIVACY_BUDGET, { code: 'PRIVACY_BUDGET', sentence }, inputs);
}
