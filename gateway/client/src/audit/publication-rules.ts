import type { CommitteeKey, Consent, PublishedGroup, QueryRecord } from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { LedgerState } from './ledger-state.js';

interface CohortRow {
  readonly consentId: string;
}

/** A result is public only as every consent of its cohort allows, and as the keyholders opened it. */
export const publications: AuditRule = {
  check: 'publications',
  claim:
    'Every published result was released, was opened as published by t keyholders, and every consent of its cohort let it be public then.',
  observe(transaction, before) {
    return changesOf<PublishedGroup>(transaction, 'publishedGroup', before).flatMap(
      ({ after, earlier }) => {
        if (after === undefined || earlier !== undefined) return ['A published group was changed.'];
        return publicationProblems(after, before, transaction.timestampMs).map(
          (what) => `The published result of query ${after.queryId} ${what}.`,
        );
      },
    );
  },
};

function publicationProblems(
  { queryId, finalHash, attempt }: PublishedGroup,
  state: LedgerState,
  now: number,
): string[] {
  const query = state.query(queryId);
  const closed = state
    .objects<CohortRow>('queryCohort', queryId)
    .filter(({ consentId }) => !allowsPublication(state.consent(consentId), now));
  return [
    ...(query?.status === 'released' || query?.status === 'settled' ? [] : ['was not released']),
    ...(agreeing(queryId, { attempt, finalHash }, state) >= thresholdOf(query, state)
      ? []
      : ['is not what t keyholders opened']),
    ...closed.map(({ consentId }) => `is public although consent ${consentId} keeps it closed`),
  ];
}

const allowsPublication = (consent: Consent | undefined, now: number) =>
  consent?.publication === true &&
  consent.status === 'active' &&
  consent.notBefore <= now &&
  now <= consent.notAfter;

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
