import type { Incident, JournalEntry } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** Frozen money is accounted for: why it is there, and how it left. */
export const frozenMoney: AuditRule = {
  check: 'frozen money',
  claim:
    'Money is frozen only under an incident that says so, and left when that had ended, or as the penalty that was decided.',
  observe(transaction, before) {
    return transaction.changes
      .filter(({ type, value }) => type === 'journal' && value !== null)
      .map(({ value }) => value as JournalEntry)
      .flatMap((entry) => [
        ...creditProblems(entry, before),
        ...debitProblems(entry, transaction, before),
      ]);
  },
};

function creditProblems({ credit, entryId }: JournalEntry, before: LedgerState): string[] {
  const [holder, memberId = ''] = credit.split(':');
  return holder === 'frozen' && freezesOf(memberId, before).length === 0
    ? [`Entry ${entryId} holds rewards of ${memberId} back without an incident.`]
    : [];
}

function debitProblems(
  { debit, credit, kind, entryId, amount }: JournalEntry,
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  const [holder, memberId = ''] = debit.split(':');
  if (holder !== 'frozen') return [];
  const isRelease = kind === 'reward-release' && credit === `member:${memberId}`;
  if (isRelease && freezesOf(memberId, before).length === 0) return [];
  const isForfeit = kind === 'reward-forfeit' && credit === 'fund:subsidy';
  if (isForfeit && isPenalty(memberId, amount, transaction)) return [];
  return [
    `Entry ${entryId} takes ${amount} of the frozen rewards of ${memberId} without a decision.`,
  ];
}

/** Incidents of a member that hold its rewards back. */
function freezesOf(memberId: string, state: LedgerState): Incident[] {
  return state
    .objects<Incident>('incident', memberId)
    .filter(
      ({ status, measures }) => status === 'escalated' && measures.includes('freeze-rewards'),
    );
}

/** Whether the same transaction closed an incident of the member with a penalty of this amount. */
function isPenalty(memberId: string, amount: string, { changes }: AuditedTransaction): boolean {
  const closed = changes.some(({ type, value }) => {
    const incident = value as Incident | null;
    return (
      type === 'incident' && incident?.memberId === memberId && incident.outcome === 'penalised'
    );
  });
  const decided = changes.some(({ type, value }) => {
    const vote = value as { action?: string; amount?: string } | null;
    return type === 'incidentVote' && vote?.action === 'penalise' && vote.amount === amount;
  });
  return closed && decided;
}
