import type { Contribution, Incident, Opening, OpeningTask } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** Openings were fixed before anything was stored, and concluded by whom they were for. */
export const openingConclusions: AuditRule = {
  check: 'conclusions of openings',
  claim:
    'Randomness was fixed before anything was stored; auditors concluded on answers to them; every mismatch is an incident.',
  observe(transaction, before) {
    return transaction.changes.flatMap(({ type, value }) => {
      if (type === 'opening') return openingProblems(value as Opening | null, before);
      if (type === 'openingTask')
        return taskProblems(value as OpeningTask | null, transaction, before);
      return [];
    });
  },
};

function openingProblems(opening: Opening | null, before: LedgerState): string[] {
  if (opening === null) return [];
  const { openingId, status, productId, epoch } = opening;
  const isStored = before
    .all<Contribution>('contribution')
    .some((one) => one.productId === productId && one.epoch === epoch && isKept(one));
  return status === 'committed' && isStored
    ? [`Opening ${openingId} was fixed when contributions were stored.`]
    : [];
}

const isKept = ({ status }: Contribution) => status === 'stored' || status === 'frozen';

function taskProblems(
  task: OpeningTask | null,
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  if (task === null) return ['An opening of a contribution was removed.'];
  const { openingId, contributionId, contributorId, conclusions } = task;
  if (before.contribution(contributionId)?.contributorId !== contributorId) {
    return [`Opening ${openingId} names ${contributionId}, which ${contributorId} does not have.`];
  }
  const earlier = before
    .objects<OpeningTask>('openingTask', contributorId)
    .find((one) => one.openingId === openingId && one.contributionId === contributionId);
  const isConcluded = conclusions.length > (earlier?.conclusions.length ?? 0);
  return isConcluded ? conclusionProblems({ task, earlier }, transaction) : [];
}

function conclusionProblems(
  { task, earlier }: { readonly task: OpeningTask; readonly earlier: OpeningTask | undefined },
  { changes }: AuditedTransaction,
): string[] {
  const { openingId, contributionId, judgeId, status, conclusions } = task;
  const name = `Opening ${openingId} of ${contributionId}`;
  if (conclusions.at(-1)?.judgeId !== judgeId || earlier?.status !== 'answered') {
    return [`${name} was concluded by somebody else, or unanswered.`];
  }
  const isIncident = changes.some(
    ({ type, value }) =>
      type === 'incident' &&
      (value as Incident | null)?.subject['contributionId'] === contributionId,
  );
  const needsOne = status === 'mismatch' && conclusions.length === 1;
  return needsOne && !isIncident ? [`${name} mismatches, and is no incident.`] : [];
}
