import type { AttemptRecord, QueryRecord } from '@veilsum/protocol';
import type { WatchedQuery } from '../picture/ledger-picture.js';
import { durationWords, type DetectorContext, type LedgerDetector } from './detector.js';
import type { Finding } from './finding.js';

/** Codes by which a keyholder says that what it was shown is not what the ledger says. */
const mismatchCodes: ReadonlySet<string> = new Set([
  'AGGREGATE_MISMATCH',
  'BLINDING_MISMATCH',
  'PLAN_MISMATCH',
  'FINAL_BLOCK_CONFLICT',
  'CONTAINER_HASH',
  'CONTAINER_INVALID',
  'CONTAINER_ROWS',
  'CONTAINER_ELEMENT',
  'CONTAINER_CONTEXT',
  'PLAINTEXT_PROOF_INVALID',
  'SHARE_INVALID',
]);

const finalStatuses: ReadonlySet<string> = new Set(['settled', 'refused', 'expired', 'failed']);

/** Keyholders that were shown, or computed, something else than the ledger says or the others did. */
export const detectKeyholderMismatches: LedgerDetector = ({ queries }) =>
  queries.flatMap((query) =>
    query.attempts.flatMap((attempt) => {
      const found = mismatchOf(attempt, query.keyholders);
      if (found === undefined) return [];
      return [
        findingOf(query, 'keyholder-mismatch', `attempt ${attempt.attempt.attempt}`, found),
      ].map((finding) => withEnd(finding, query.record));
    }),
  );

/** Attempts at opening a query whose deadline has passed without anyone going on. */
export const detectMissedAttemptDeadlines: LedgerDetector = ({ queries }, context) =>
  queries.flatMap((query) => {
    const { record } = query;
    const missed = missedAttemptDeadline(record, context);
    if (missed === undefined || record.attempt === undefined) return [];
    const silent = silentKeyholders(query);
    const waiting = silent === '' ? '' : ` It waits for ${silent}.`;
    const sentence = `Attempt ${record.attempt.attempt} at query ${record.queryId} passed its deadline ${durationWords(missed)} ago, and nobody went on.${waiting}`;
    const period = `attempt ${record.attempt.attempt}`;
    return [findingOf(query, 'missed-attempt-deadline', period, sentence)];
  });

/** Released queries whose dispute window is over and that nobody has settled. */
export const detectMissedSettlements: LedgerDetector = ({ queries }, { now, thresholds }) =>
  queries
    .filter(
      ({ record: { status, settleDeadline } }) =>
        status === 'released' && now - settleDeadline > thresholds.overdueMs,
    )
    .map((query) => {
      const { queryId, settleDeadline } = query.record;
      const sentence = `Query ${queryId} could have been settled ${durationWords(now - settleDeadline)} ago; until then nobody is paid.`;
      return findingOf(query, 'missed-settlement-deadline', 'settlement', sentence);
    });

/** Reports of missing shares that the keyholder has not answered in time. */
export const detectMissedDisputes: LedgerDetector = ({ queries }, { now, thresholds }) =>
  queries.flatMap((query) =>
    query.disputes
      .filter(
        ({ status, answerDeadline }) =>
          status === 'open' && now - answerDeadline > thresholds.overdueMs,
      )
      .map(({ attempt, index }) => {
        const who = query.keyholders[index - 1] ?? `Keyholder ${index}`;
        const sentence = `${who} has not posted the share of query ${query.record.queryId} that the analyst reported missing, and loses its fee.`;
        const period = `attempt ${attempt}, keyholder ${index}`;
        return withEnd(findingOf(query, 'missed-dispute-deadline', period, sentence), query.record);
      }),
  );

/** Reviews that nobody has decided in time. */
export const detectMissedReviews: LedgerDetector = ({ queries }, { now, thresholds }) =>
  queries.flatMap((query) => {
    const { status, review, queryId } = query.record;
    if (status !== 'reviewing' || review === undefined) return [];
    if (now - review.deadline <= thresholds.overdueMs) return [];
    const late = review.points.filter(({ status: state }) => state === 'open');
    const roles = late.map(({ role }) => role).join(' and the ');
    const sentence = `The ${roles} should have decided on query ${queryId} ${durationWords(now - review.deadline)} ago.`;
    return [findingOf(query, 'missed-review-deadline', 'review', sentence)];
  });

/** Queries that have gone on for long, whatever the deadlines of their attempts say. */
export const detectStuckQueries: LedgerDetector = ({ queries }, { now, thresholds }) =>
  queries
    .filter(
      ({ record: { status, attempt } }) =>
        (status === 'authorised' || status === 'blinded') && attempt !== undefined,
    )
    .filter(({ record }) => now - runningSince(record) > thresholds.stuckMs)
    .map((query) => {
      const { record } = query;
      const silent = silentKeyholders(query);
      const waiting = silent === '' ? '' : ` It waits for ${silent}.`;
      const sentence = `Query ${record.queryId} has been ${record.status} in attempt ${record.attempt?.attempt ?? 1} for ${durationWords(now - runningSince(record))} since it was asked.${waiting}`;
      return findingOf(query, 'stuck-query', 'opening', sentence);
    });

/** A review, which may take days, comes before the authorisation and has a deadline of its own. */
function runningSince({ requestedAt, plan }: QueryRecord): number {
  return plan?.authorisedAt ?? requestedAt;
}

function mismatchOf(
  { attempt, refusals, shares }: AttemptRecord,
  keyholders: readonly string[],
): string | undefined {
  const refused = refusals.filter(({ code }) => mismatchCodes.has(code));
  const parts = refused.map(
    ({ index, code }) => `${keyholders[index - 1] ?? index} refused with ${code}`,
  );
  const hashes = new Set(shares.map(({ finalHash }) => finalHash));
  if (hashes.size > 1) parts.push(`keyholders recorded ${hashes.size} different final blocks`);
  if (parts.length === 0) return undefined;
  return `In attempt ${attempt.attempt}, ${parts.join(', ')}: somebody was shown something else than the ledger says.`;
}

/** @returns how long ago, or undefined while there is time */
function missedAttemptDeadline(
  { status, attempt, changedAt }: QueryRecord,
  { now, thresholds }: DetectorContext,
): number | undefined {
  if ((status !== 'authorised' && status !== 'blinded') || attempt === undefined) return undefined;
  const deadlines = {
    blinding: attempt.blindingDeadline,
    opening: attempt.releaseDeadline,
    ended: changedAt,
  };
  const ago = now - deadlines[attempt.state];
  return ago > thresholds.overdueMs ? ago : undefined;
}

/** Members of the committee from whom the current attempt still lacks something. */
function silentKeyholders({ record, attempts, keyholders }: WatchedQuery): string {
  const current = attempts.find(({ attempt }) => attempt.attempt === record.attempt?.attempt);
  if (current === undefined || current.attempt.state === 'ended') return '';
  const isOpening = current.attempt.state === 'opening';
  const everyone = keyholders.map((_, index) => index + 1);
  const expected = isOpening ? current.attempt.keyholders : everyone;
  const recorded = isOpening ? current.shares : current.blindings;
  const done = new Set([...recorded, ...current.refusals].map(({ index }) => index));
  return expected
    .filter((index) => !done.has(index))
    .map((index) => keyholders[index - 1] ?? `keyholder ${index}`)
    .join(' and ');
}

function findingOf(
  { record }: WatchedQuery,
  kind: Finding['kind'],
  period: string,
  sentence: string,
): Finding {
  return {
    kind,
    subject: `query:${record.queryId}`,
    period,
    sentence,
    concerns: [record.analystId],
  };
}

function withEnd(finding: Finding, { status, changedAt }: QueryRecord): Finding {
  if (!finalStatuses.has(status)) return finding;
  const sentence = `The query has ended: ${status}. Who was at fault stays to be found out.`;
  return { ...finding, over: { at: changedAt, sentence } };
}
