import { reviewSchema } from '@veilsum/protocol';
import { hashOf, refusalOf, shareOf } from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW } from '../../../../test/fakes/query-facts.js';
import { samplePicture, watchedQuery } from '../../../../test/fakes/watcher/sample-picture.js';
import type { WatchedQuery } from '../picture/ledger-picture.js';
import { defaultThresholds } from '../thresholds.js';
import type { LedgerDetector } from './detector.js';
import {
  detectKeyholderMismatches,
  detectMissedAttemptDeadlines,
  detectMissedDisputes,
  detectMissedReviews,
  detectMissedSettlements,
  detectStuckQueries,
} from './query-detectors.js';

const { overdueMs, stuckMs } = defaultThresholds;
const run = (detect: LedgerDetector, query: WatchedQuery, now: number) =>
  detect(samplePicture(0, { queries: [query] }), { now, thresholds: defaultThresholds });

/** The first attempt, with other records. */
function attemptOf(change: Partial<WatchedQuery['attempts'][number]>): WatchedQuery {
  const query = watchedQuery();
  const [first] = query.attempts;
  if (first === undefined) throw new Error('unreachable');
  return { ...query, attempts: [{ ...first, ...change }] };
}

/** The first attempt as it opens, until a minute from now. */
function opening(): WatchedQuery {
  const query = watchedQuery({ status: 'blinded' });
  const [first] = query.attempts;
  if (first === undefined) throw new Error('unreachable');
  const attempt = {
    ...first.attempt,
    state: 'opening' as const,
    keyholders: [1, 2],
    releaseDeadline: SAMPLE_NOW + 60_000,
  };
  const attempts = [{ ...first, attempt, shares: [shareOf(1)] }];
  return { ...query, record: { ...query.record, attempt }, attempts };
}

describe('a keyholder mismatch', () => {
  it('is a refusal that says what was shown is not what it should be', () => {
    const found = run(
      detectKeyholderMismatches,
      attemptOf({ refusals: [refusalOf(2)] }),
      SAMPLE_NOW,
    );
    expect(found).toMatchObject([{ period: 'attempt 1' }]);
    expect(found[0]?.sentence).toContain('keyholder-2 refused with AGGREGATE_MISMATCH');
    expect(found[0]).not.toHaveProperty('over');
  });

  it('is no other refusal', () => {
    const refusals = [{ ...refusalOf(2), code: 'CONSENT_WITHDRAWN' }];
    expect(run(detectKeyholderMismatches, attemptOf({ refusals }), SAMPLE_NOW)).toEqual([]);
  });

  it('is two final blocks of one attempt, not two shares of one', () => {
    const same = attemptOf({ shares: [shareOf(1), shareOf(2)] });
    expect(run(detectKeyholderMismatches, same, SAMPLE_NOW)).toEqual([]);
    const other = attemptOf({
      shares: [shareOf(1), { ...shareOf(2), finalHash: hashOf('other') }],
    });
    const [found] = run(detectKeyholderMismatches, other, SAMPLE_NOW);
    expect(found?.sentence).toContain('2 different final blocks');
  });

  it('is over when its query has ended', () => {
    const query = attemptOf({ refusals: [refusalOf(1)] });
    const ended = { ...query, record: { ...query.record, status: 'expired' as const } };
    expect(run(detectKeyholderMismatches, ended, SAMPLE_NOW)).toMatchObject([
      { over: { at: SAMPLE_NOW } },
    ]);
  });
});

describe('a missed deadline of an attempt', () => {
  it('is one after the blinding round and the patience, and names who is missing', () => {
    const query = watchedQuery();
    const deadline = query.record.attempt?.blindingDeadline ?? 0;
    expect(run(detectMissedAttemptDeadlines, query, deadline + overdueMs)).toEqual([]);
    const [found] = run(detectMissedAttemptDeadlines, query, deadline + overdueMs + 1);
    expect(found).toMatchObject({ period: 'attempt 1' });
    expect(found?.sentence).toContain('It waits for keyholder-3.');
  });

  it('is one after the release deadline while it opens', () => {
    const query = opening();
    const now = SAMPLE_NOW + 60_000 + overdueMs;
    expect(run(detectMissedAttemptDeadlines, query, now)).toEqual([]);
    const [found] = run(detectMissedAttemptDeadlines, query, now + 1);
    expect(found?.sentence).toContain('It waits for keyholder-2.');
  });

  it('is one when an ended attempt is not followed by another', () => {
    const query = watchedQuery();
    const attempt = query.record.attempt;
    if (attempt === undefined) throw new Error('unreachable');
    const ended = watchedQuery({ attempt: { ...attempt, state: 'ended' }, changedAt: SAMPLE_NOW });
    expect(run(detectMissedAttemptDeadlines, ended, SAMPLE_NOW + overdueMs)).toEqual([]);
    expect(run(detectMissedAttemptDeadlines, ended, SAMPLE_NOW + overdueMs + 1)).toHaveLength(1);
  });

  it.each(['released', 'settled', 'refused', 'expired', 'failed', 'reviewing'] as const)(
    'is none of a query that is %s',
    (status) => {
      expect(run(detectMissedAttemptDeadlines, watchedQuery({ status }), SAMPLE_NOW * 2)).toEqual(
        [],
      );
    },
  );
});

describe('a missed settlement', () => {
  const released = watchedQuery({ status: 'released', settleDeadline: SAMPLE_NOW });

  it('is one when the dispute window and the patience are over', () => {
    expect(run(detectMissedSettlements, released, SAMPLE_NOW + overdueMs)).toEqual([]);
    expect(run(detectMissedSettlements, released, SAMPLE_NOW + overdueMs + 1)).toHaveLength(1);
    const settled = watchedQuery({ status: 'settled', settleDeadline: SAMPLE_NOW });
    expect(run(detectMissedSettlements, settled, SAMPLE_NOW * 2)).toEqual([]);
  });
});

describe('a missed answer to a dispute', () => {
  const dispute = {
    queryId: watchedQuery().record.queryId,
    attempt: 1,
    index: 2,
    raisedAt: 1,
    answerDeadline: SAMPLE_NOW,
    status: 'open' as const,
  };

  it('is one when the time is over, until the query is settled', () => {
    const query = watchedQuery({ status: 'released' }, { disputes: [dispute] });
    expect(run(detectMissedDisputes, query, SAMPLE_NOW + overdueMs)).toEqual([]);
    const [found] = run(detectMissedDisputes, query, SAMPLE_NOW + overdueMs + 1);
    expect(found).toMatchObject({ period: 'attempt 1, keyholder 2' });
    expect(found?.sentence).toMatch(/^keyholder-2 has not posted/);
    const settled = watchedQuery({ status: 'settled' }, { disputes: [dispute] });
    expect(run(detectMissedDisputes, settled, SAMPLE_NOW * 2)[0]?.over).toMatchObject({});
    const answered = watchedQuery({}, { disputes: [{ ...dispute, status: 'answered' }] });
    expect(run(detectMissedDisputes, answered, SAMPLE_NOW * 2)).toEqual([]);
  });
});

describe('a missed review', () => {
  const review = reviewSchema.parse({
    requestedAt: 1,
    deadline: SAMPLE_NOW,
    status: 'open',
    points: [
      {
        reviewPointId: 'regulator-desk',
        role: 'regulator',
        entryIds: [],
        deadline: SAMPLE_NOW,
        status: 'open',
      },
    ],
  });

  it('is one when the reviewer has not decided in time', () => {
    const query = watchedQuery({ status: 'reviewing', review });
    expect(run(detectMissedReviews, query, SAMPLE_NOW + overdueMs)).toEqual([]);
    const [found] = run(detectMissedReviews, query, SAMPLE_NOW + overdueMs + 1);
    expect(found?.sentence).toMatch(/^The regulator should have decided/);
    expect(run(detectMissedReviews, watchedQuery({ review }), SAMPLE_NOW * 2)).toEqual([]);
  });
});

describe('a stuck query', () => {
  it('is one that has been open for long, whatever its attempts', () => {
    const query = watchedQuery();
    expect(run(detectStuckQueries, query, SAMPLE_NOW + stuckMs)).toEqual([]);
    const [found] = run(detectStuckQueries, query, SAMPLE_NOW + stuckMs + 1);
    expect(found?.sentence).toContain('has been authorised in attempt 1 for 15 min');
    expect(run(detectStuckQueries, watchedQuery({ status: 'released' }), SAMPLE_NOW * 2)).toEqual(
      [],
    );
  });

  it('counts from the authorisation, which a review may have delayed', () => {
    const { plan } = watchedQuery().record;
    if (plan === undefined) throw new Error('unreachable');
    const query = watchedQuery({ plan: { ...plan, authorisedAt: SAMPLE_NOW + 5000 } });
    expect(run(detectStuckQueries, query, SAMPLE_NOW + 5000 + stuckMs)).toEqual([]);
    expect(run(detectStuckQueries, query, SAMPLE_NOW + 5001 + stuckMs)).toHaveLength(1);
  });
});
