import type {
  Agreement,
  CommitteeKey,
  Consent,
  Goal,
  GoalOutcome,
  JournalEntry,
  PublishedGroup,
  QueryRecord,
} from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

interface CohortRow {
  readonly consentId: string;
}

/** A result is public only as every consent of its cohort allows, and as the keyholders opened it. */
export const publications: AuditRule = {
  check: 'publications',
  claim:
    'Every published result was released, was opened as published by t keyholders, and every consent of its cohort lets it be public.',
  observe(transaction, before) {
    return changesOf<PublishedGroup>(transaction, 'publishedGroup', before).flatMap(
      ({ after, earlier }) => {
        if (after === undefined || earlier !== undefined) return ['A published group was changed.'];
        return publicationProblems(after, before).map(
          (what) => `The published result of query ${after.queryId} ${what}.`,
        );
      },
    );
  },
};

function publicationProblems(
  { queryId, finalHash, attempt }: PublishedGroup,
  state: LedgerState,
): string[] {
  const query = state.query(queryId);
  const closed = state
    .objects<CohortRow>('queryCohort', queryId)
    .filter(({ consentId }) => !allowsPublication(state.consent(consentId)));
  return [
    ...(query?.status === 'released' || query?.status === 'settled' ? [] : ['was not released']),
    ...(agreeing(queryId, { attempt, finalHash }, state) >= thresholdOf(query, state)
      ? []
      : ['is not what t keyholders opened']),
    ...closed.map(({ consentId }) => `is public although consent ${consentId} keeps it closed`),
  ];
}

const allowsPublication = (consent: Consent | undefined) => consent?.publication === true;

function agreeing(
  queryId: string,
  { attempt, finalHash }: Pick<PublishedGroup, 'attempt' | 'finalHash'>,
  state: LedgerState,
): number {
  return state
    .entries('share', queryId)
    .filter(({ parts }) => Number(parts[1]) === attempt)
    .filter(({ value }) => (value as { finalHash: string }).finalHash === finalHash).length;
}

const thresholdOf = (query: QueryRecord | undefined, state: LedgerState) =>
  (state.value('committeeKey', [query?.plan?.keyId ?? '']) as CommitteeKey | undefined)?.record.t ??
  Infinity;

/** A bonus follows from a published statistic and never passes its cap; so does a goal's attainment. */
export const agreementsAndGoals: AuditRule = {
  check: 'agreements and goals',
  claim:
    'Every bonus follows from a published result and is at most its cap; goals never changed, and their attainment cites a published result.',
  observe(transaction, before) {
    const isPublic = (queryId: string) =>
      before.objects('publishedGroup', queryId).length > 0 ||
      transaction.changes.some(
        ({ type, parts }) => type === 'publishedGroup' && parts[0] === queryId,
      );
    const agreements = changesOf<Agreement>(transaction, 'agreement', before).flatMap(
      ({ after, earlier }) => {
        if (after === undefined) return ['An agreement was removed.'];
        if (after.outcome === undefined || earlier?.outcome !== undefined) return [];
        const { agreementId, cap, outcome } = after;
        const paid = transaction.changes
          .filter(({ type, value }) => type === 'journal' && value !== null)
          .map(({ value }) => value as JournalEntry)
          .filter(({ kind, debit }) => kind === 'performance-bonus' && debit.endsWith(agreementId))
          .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
        return [
          ...(isPublic(outcome.queryId)
            ? []
            : [`Agreement ${agreementId} cites no public result.`]),
          ...(BigInt(outcome.bonus) <= BigInt(cap)
            ? []
            : [`Agreement ${agreementId} passes its cap.`]),
          ...(paid === BigInt(outcome.bonus)
            ? []
            : [`Agreement ${agreementId} paid ${paid}, its bonus is ${outcome.bonus}.`]),
        ];
      },
    );
    const goals = changesOf<Goal>(transaction, 'goal', before)
      .filter(({ earlier }) => earlier !== undefined)
      .map(() => 'A goal was changed after it was set.');
    const outcomes = changesOf<GoalOutcome>(transaction, 'goalOutcome', before)
      .filter(({ after }) => after !== undefined && !isPublic(after.queryId))
      .map(({ after }) => `The attainment of goal ${after?.goalId ?? ''} cites no public result.`);
    return [...agreements, ...goals, ...outcomes];
  },
};
