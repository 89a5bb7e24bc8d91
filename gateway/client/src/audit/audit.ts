import type { LedgerBlock } from '@veilsum/ledger';
import { bonuses, goalsReached, reserves } from './agreement-rules.js';
import { approvals } from './approval-rules.js';
import type { AuditFinding, AuditRule } from './audit-rule.js';
import { budgets, useCounts } from './budget-rules.js';
import { publishedProofs } from './certificate-rules.js';
import { consentAtAuthorisation, consentAtRelease } from './consent-rules.js';
import { delegationAtRelease, delegations } from './delegation-rules.js';
import { citations, escalation } from './escalation-rules.js';
import { frozenMoney } from './frozen-money-rules.js';
import { transactionsOf } from './ledger-history.js';
import { LedgerState } from './ledger-state.js';
import { conservation, escrow, journalAppendOnly } from './money-rules.js';
import { openingConclusions } from './opening-conclusion-rules.js';
import { consultation, frozenRewards, incidents, openings } from './oversight-rules.js';
import { proposals, ruleChanges } from './proposal-rules.js';
import { publications } from './publication-rules.js';
import { releases, stateOrder, uniqueness } from './query-rules.js';
import { compensations, priceSplits, subsidyShares } from './reward-rules.js';
import { audiences, levels, reviews, rulebookRules } from './rulebook-rules.js';
import { schemesInForce } from './scheme-rules.js';

/** Everything that is checked beside the replay, each from the ledger's records and not by the contracts. */
export const auditRules: readonly AuditRule[] = [
  stateOrder,
  consentAtAuthorisation,
  consentAtRelease,
  budgets,
  useCounts,
  journalAppendOnly,
  conservation,
  escrow,
  uniqueness,
  releases,
  rulebookRules,
  levels,
  reviews,
  audiences,
  proposals,
  approvals,
  ruleChanges,
  schemesInForce,
  delegations,
  delegationAtRelease,
  publications,
  incidents,
  frozenRewards,
  openings,
  consultation,
  citations,
  escalation,
  frozenMoney,
  openingConclusions,
  subsidyShares,
  priceSplits,
  compensations,
  publishedProofs,
  bonuses,
  reserves,
  goalsReached,
];

export interface AuditCheck {
  readonly check: string;
  readonly claim: string;
  readonly passed: boolean;
  readonly findings: readonly AuditFinding[];
}

/** How far a ledger was replayed, and what was checked on the way. */
export interface LedgerHead {
  /** Number of blocks. */
  readonly height: number;
  /** Of the last one; a ledger file that was cut has another than the running ledger. */
  readonly headHash: string;
  readonly checks: readonly AuditCheck[];
}

/**
 * Reads the blocks from the first to the last and holds each rule against them.
 * @param blocks - from block 0, already replayed: hashes, signatures and executions are checked there
 */
export async function checkRules(
  blocks: AsyncIterable<LedgerBlock>,
  rules: readonly AuditRule[] = auditRules,
): Promise<AuditCheck[]> {
  const state = new LedgerState();
  const findings = new Map<AuditRule, AuditFinding[]>(rules.map((rule) => [rule, []]));
  let last = { transactionId: '', blockNumber: 0 };
  for await (const block of blocks) {
    for (const transaction of transactionsOf(block)) {
      for (const rule of rules) {
        const sentences = rule.observe?.(transaction, state) ?? [];
        findings
          .get(rule)
          ?.push(...sentences.map((sentence) => ({ ...placeOf(transaction), sentence })));
      }
      state.apply(transaction);
      last = placeOf(transaction);
    }
  }
  return rules.map((rule) => {
    const concluded = (rule.conclude?.(state) ?? []).map((sentence) => ({ ...last, sentence }));
    const found = [...(findings.get(rule) ?? []), ...concluded];
    return { check: rule.check, claim: rule.claim, passed: found.length === 0, findings: found };
  });
}

const placeOf = ({
  transactionId,
  blockNumber,
}: {
  transactionId: string;
  blockNumber: number;
}) => ({
  transactionId,
  blockNumber,
});
