import type {
  Commitment,
  Consent,
  EscalationRule,
  Incident,
  IncidentVote,
  Member,
  QueryRecord,
  Rulebook,
} from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

const DAY_MS = 86_400_000;

/** Severity, days of grace and measures that hold without a rulebook, as docs/ledger.md lists them. */
const DEFAULT_TABLE: Readonly<Record<string, readonly [string, number, readonly string[]]>> = {
  'late-contribution': ['minor', 7, ['freeze-rewards']],
  'stale-mapping': ['minor', 14, ['freeze-rewards', 'freeze-contribution']],
  'missed-opening': ['minor', 3, ['freeze-rewards', 'freeze-contribution']],
  'opening-mismatch': ['major', 0, ['freeze-rewards', 'freeze-contribution']],
  'bad-decryption-share': ['major', 0, ['freeze-rewards', 'suspend-member']],
  'use-outside-purpose': ['major', 0, ['suspend-member']],
};

/** Nobody relied on a question that had no answer yet. */
export const citations: AuditRule = {
  check: 'cited questions',
  claim: 'Every question that a consent or a query relies on had an answer then.',
  observe({ changes }, before) {
    return changes.flatMap(({ type, value }) => {
      const cited = value === null ? [] : citedBy(type, value, before);
      return cited
        .filter((questionId) => before.objects('answer', questionId).length === 0)
        .map((questionId) => `Question ${questionId} was relied on before it was answered.`);
    });
  },
};

function citedBy(type: string, value: unknown, before: LedgerState): readonly string[] {
  if (type === 'consent') {
    const { questionIds, status } = value as Consent;
    return status === 'active' ? (questionIds ?? []) : [];
  }
  if (type !== 'query') return [];
  const { queryId, plan, request } = value as QueryRecord;
  const isNew = plan !== undefined && before.query(queryId)?.plan === undefined;
  return isNew ? (request.questionIds ?? []) : [];
}

/** Grace and escalation followed the table that was in force. */
export const escalation: AuditRule = {
  check: 'grace and escalation',
  claim:
    'First minor deviations had their time of grace; measures followed the table in force, and ended by two.',
  observe(transaction, before) {
    return transaction.changes
      .filter(({ type }) => type === 'incident')
      .flatMap(({ value }) => {
        if (value === null) return ['An incident was removed.'];
        const after = value as Incident;
        const earlier = findIncident(before, after);
        const problems =
          earlier === undefined
            ? openingProblems(after, transaction, before)
            : courseProblems({ earlier, after }, transaction, before);
        return problems.map((problem) => `Incident ${after.incidentId} ${problem}.`);
      });
  },
};

function findIncident(state: LedgerState, { incidentId }: Incident): Incident | undefined {
  return state.all<Incident>('incident').find((incident) => incident.incidentId === incidentId);
}

function openingProblems(
  incident: Incident,
  { timestampMs }: AuditedTransaction,
  before: LedgerState,
): string[] {
  const { memberId, kind, status, rectifyUntil, measures } = incident;
  if (memberId === undefined) return status === 'open' ? [] : ['has measures against nobody'];
  const [severity, graceMs, expected] = tableRow(kind, timestampMs, before);
  const isRepeated = before
    .objects<Incident>('incident', memberId)
    .some((other) => other.kind === kind && other.outcome !== 'lifted');
  const hasGrace = severity === 'minor' && !isRepeated;
  const requirements: [boolean, string][] = [
    [incident.severity === severity, `is not ${severity}, as the table in force says`],
    [sameList(measures, expected), 'has other measures than the table in force says'],
    [status === (hasGrace ? 'open' : 'escalated'), `began as ${status}`],
    [rectifyUntil === (hasGrace ? timestampMs + graceMs : 0), 'has another time of grace'],
    [kind !== 'late-contribution' || isOverdue(incident, timestampMs, before), 'was not late'],
  ];
  return failing(requirements);
}

/** The row of the rulebook in force then, or of the table without one. */
function tableRow(
  kind: string,
  at: number,
  state: LedgerState,
): readonly [string, number, readonly string[]] {
  const inForce = state
    .all<{ rulebook: Rulebook; inForceFrom: number }>('rulebook')
    .filter(({ inForceFrom }) => inForceFrom <= at)
    .sort((left, right) => right.rulebook.version - left.rulebook.version)[0];
  if (inForce === undefined) {
    const [severity, days, measures] = DEFAULT_TABLE[kind] ?? ['none', 0, []];
    return [severity, days * DAY_MS, measures];
  }
  const rule: EscalationRule | undefined = inForce.rulebook.escalation.find(
    (row) => row.kind === kind,
  );
  return [rule?.severity ?? 'none', rule?.graceMs ?? 0, rule?.measures ?? []];
}

function isOverdue({ subject }: Incident, at: number, state: LedgerState): boolean {
  const commitment = state
    .all<Commitment>('commitment')
    .find(({ commitmentId }) => commitmentId === subject['commitmentId']);
  return commitment?.status === 'open' && at > commitment.dueAt;
}

function courseProblems(
  { earlier, after }: { readonly earlier: Incident; readonly after: Incident },
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  const { rectifyUntil } = earlier;
  const at = transaction.timestampMs;
  const from = earlier.status;
  switch (after.status) {
    case 'rectified':
      return failing([[from === 'open' && at <= rectifyUntil, 'was rectified out of its time']]);
    case 'escalated':
      return failing([
        [from === 'open' && rectifyUntil > 0 && at > rectifyUntil, 'escalated before its time'],
      ]);
    case 'closed':
      return failing([
        [from === 'open' || from === 'escalated', `was closed when it was ${from}`],
        [isDecided(after, transaction, before), 'was closed without two who decided it'],
      ]);
    case 'open':
      return ['was opened again'];
  }
}

/** By an operator and a regulator of two legal entities, or by the conclusion of a contested opening. */
function isDecided(
  { incidentId, kind, outcome }: Incident,
  { changes }: AuditedTransaction,
  before: LedgerState,
): boolean {
  const concluded = changes.some(({ type }) => type === 'openingTask');
  if (kind === 'opening-mismatch' && outcome === 'lifted' && concluded) return true;
  const cast = changes.flatMap(({ type, value }) =>
    type === 'incidentVote' && value !== null ? [value as IncidentVote] : [],
  );
  const votes = [...before.objects<IncidentVote>('incidentVote', incidentId), ...cast];
  return cast.some((vote) =>
    votes.some(
      (other) =>
        other.role !== vote.role &&
        other.action === vote.action &&
        other.amount === vote.amount &&
        entityOf(other, before) !== entityOf(vote, before),
    ),
  );
}

function entityOf({ memberId }: IncidentVote, state: LedgerState): string | undefined {
  return state.all<Member>('member').find((member) => member.memberId === memberId)?.legalEntityId;
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join() === [...right].sort().join();
}

function failing(requirements: readonly (readonly [boolean, string])[]): string[] {
  return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}
