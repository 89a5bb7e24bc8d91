import { hexToBytes, sha256Hex } from '@veilsum/crypto';
import type {
  AskedQuestion,
  Incident,
  IncidentStatus,
  JournalEntry,
  Member,
  Opening,
  QuestionAnswer,
} from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

const nextStatuses: Readonly<Record<IncidentStatus | 'new', readonly IncidentStatus[]>> = {
  new: ['open', 'escalated'],
  open: ['open', 'rectified', 'escalated', 'closed'],
  rectified: [],
  escalated: ['escalated', 'closed'],
  closed: [],
};

/** Incidents move as docs/ledger.md says, and a time of grace is left to who has it. */
export const incidents: AuditRule = {
  check: 'incidents',
  claim:
    'Every incident went through its states in order, kept what it is about, and left the member its time of grace.',
  observe(transaction, before) {
    return changesOf<Incident>(transaction, 'incident', before).flatMap(({ after, earlier }) => {
      if (after === undefined) return ['An incident was removed.'];
      const from = earlier?.status ?? 'new';
      const wasOpen = from === 'open' && after.status === 'escalated';
      const requirements: [boolean, string][] = [
        [nextStatuses[from].includes(after.status), `went from ${from} to ${after.status}`],
        [earlier === undefined || sameCase(earlier, after), 'is about something else than before'],
        [
          !wasOpen || transaction.timestampMs > after.rectifyUntil,
          'escalated before its time of grace was over',
        ],
      ];
      return requirements
        .filter(([holds]) => !holds)
        .map(([, what]) => `Incident ${after.incidentId} ${what}.`);
    });
  },
};

const sameCase = (earlier: Incident, after: Incident) =>
  earlier.kind === after.kind &&
  earlier.memberId === after.memberId &&
  earlier.openedAt === after.openedAt &&
  earlier.rulebookVersion === after.rulebookVersion;

/** Payments that are earned, as against those that are given back or paid in. */
const EARNED: ReadonlySet<JournalEntry['kind']> = new Set([
  'contributor-minimum',
  'contributor-coverage',
  'keyholder-fee',
  'operator-fee',
  'subsidy-top-up',
  'cost-compensation',
  'performance-bonus',
]);

/** Rewards that an incident freezes reach nobody until it ends. */
export const frozenRewards: AuditRule = {
  check: 'frozen rewards',
  claim:
    'Whoever has an escalated incident that freezes rewards earns into the frozen account, which is paid out after it.',
  observe(transaction, before) {
    const frozen = frozenMembers(before.all<Incident>('incident'));
    const after = frozenMembers(incidentsAfter(transaction, before));
    return changesOf<JournalEntry>(transaction, 'journal', before).flatMap(({ after: entry }) => {
      if (entry === undefined) return [];
      const { kind, debit, credit, amount } = entry;
      const isPaidFreely = EARNED.has(kind) && frozen.has(credit.replace(/^member:/, ''));
      const isReleased = kind === 'reward-release' && after.has(debit.replace(/^frozen:/, ''));
      return [
        ...(isPaidFreely ? [`${credit} was paid ${amount} while its rewards were frozen.`] : []),
        ...(isReleased ? [`${debit} was paid out while an incident freezes it.`] : []),
      ];
    });
  },
};

const frozenMembers = (all: readonly Incident[]) =>
  new Set(
    all
      .filter(
        ({ status, measures }) => status === 'escalated' && measures.includes('freeze-rewards'),
      )
      .map(({ memberId }) => memberId as string | undefined),
  );

function incidentsAfter(
  transaction: Parameters<NonNullable<AuditRule['observe']>>[0],
  before: LedgerState,
): Incident[] {
  const changed = changesOf<Incident>(transaction, 'incident', before);
  const ids = new Set(changed.map(({ after }) => after?.incidentId));
  const kept = before.all<Incident>('incident').filter(({ incidentId }) => !ids.has(incidentId));
  return [...kept, ...changed.flatMap(({ after }) => after ?? [])];
}

/** An auditor cannot choose which blocks it sees: its randomness was fixed before. */
export const openings: AuditRule = {
  check: 'openings',
  claim:
    'Every revealed opening has the randomness that was committed to, by an auditor, before it was revealed.',
  observe(transaction, before) {
    return changesOf<Opening>(transaction, 'opening', before).flatMap(({ after, earlier }) => {
      if (after === undefined) return ['An opening was removed.'];
      const { openingId, auditorId, randomness, randomnessHash, cause } = after;
      const auditor = before.value('member', [auditorId]) as Member | undefined;
      const isHashed =
        randomness === undefined || sha256Hex(hexToBytes(randomness)) === randomnessHash;
      const requirements: [boolean, string][] = [
        [auditor?.roles.includes('auditor') === true, 'is that of no auditor'],
        [isHashed, 'reveals another randomness than was committed to'],
        [
          cause !== 'random' || after.status === 'committed' || earlier?.status !== undefined,
          'was revealed without a commitment',
        ],
        [
          earlier === undefined || earlier.randomnessHash === randomnessHash,
          'has another commitment than before',
        ],
      ];
      return requirements
        .filter(([holds]) => !holds)
        .map(([, what]) => `Opening ${openingId} ${what}.`);
    });
  },
};

/** What was asked and answered in public stays as it was, and those answer who may. */
export const consultation: AuditRule = {
  check: 'questions and answers',
  claim:
    'No question or answer was changed or removed; an operator or regulator gave every answer.',
  observe(transaction, before) {
    const questions = changesOf<AskedQuestion>(transaction, 'question', before)
      .filter(({ earlier }) => earlier !== undefined)
      .map(() => 'A question was changed.');
    const answers = changesOf<QuestionAnswer>(transaction, 'answer', before).flatMap(
      ({ after, earlier }) => {
        if (after === undefined || earlier !== undefined) return ['An answer was changed.'];
        const { roles = [] } = (before.value('member', [after.answererId]) ??
          {}) as Partial<Member>;
        return roles.some((role) => role === 'operator' || role === 'regulator')
          ? []
          : [`The question ${after.questionId} was answered by ${after.answererId}.`];
      },
    );
    return [...questions, ...answers];
  },
};
