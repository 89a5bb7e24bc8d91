import { memberIdSchema } from '@veilsum/protocol';
import {
  blindingsOf,
  hashOf,
  refusalOf,
  sampleAttemptFacts,
  sampleOpeningFacts,
  samplePlannedQuery,
  sampleReleasedFacts,
  shareOf,
} from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW, sampleCandidate } from '../../../../test/fakes/query-facts.js';
import { answerDispute, raiseDispute } from '../settlement/share-dispute.js';
import { expireQuery, isAttemptOver, nextAttempt } from './attempt-end.js';
import {
  keyholderIndex,
  requireAttemptState,
  requireCurrentAttempt,
  requirePlanned,
  type AttemptFacts,
} from './attempt-facts.js';
import { closeBlinding, commitBlinding } from './blinding-round.js';
import { recordRefusal } from './keyholder-refusal.js';
import { rechargeAllowed } from './recharge.js';
import { recordShare } from './share-record.js';

/** A query that keyholders 1 and 2 released, with all that was recorded. */
const releasedFacts = (change: Partial<AttemptFacts> = {}): AttemptFacts => {
  const { query, shares } = sampleReleasedFacts();
  return sampleOpeningFacts([1, 2, 3], { query, shares, ...change });
};

const LATE = SAMPLE_NOW + 1_000_000;
const notByAnalyst = { byAnalyst: false, stopped: false, anyShare: false };
const reference = { queryId: sampleReleasedFacts().query.queryId, attempt: 1, index: 1 };

/** A code and words of a sentence, of a function that throws both. */
const refusal = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error;

describe('what a step of an attempt is refused with', () => {
  test.each<[string, () => unknown, string, string]>([
    [
      'the next attempt while this one can succeed',
      () => nextAttempt(sampleAttemptFacts()),
      'DEADLINE_NOT_REACHED',
      'current attempt can still succeed',
    ],
    [
      'one attempt more than there are',
      () =>
        nextAttempt(
          sampleAttemptFacts({
            now: LATE,
            consortium: { ...sampleAttemptFacts().consortium, maxAttempts: 1 },
          }),
        ),
      'INVALID_STATE',
      'All 1 attempts',
    ],
    [
      'an end that comes too early',
      () => expireQuery(sampleAttemptFacts(), notByAnalyst),
      'DEADLINE_NOT_REACHED',
      'can still get a result',
    ],
    [
      'an end after the end',
      () =>
        expireQuery(
          sampleAttemptFacts({ query: samplePlannedQuery({ status: 'settled' }) }),
          notByAnalyst,
        ),
      'INVALID_STATE',
      'query is settled',
    ],
    [
      'a blinding that comes too late',
      () =>
        commitBlinding(sampleAttemptFacts({ now: LATE }), { index: 1, blindingHash: hashOf('a') }),
      'DEADLINE_PASSED',
      'blinding round of this attempt is over',
    ],
    [
      'another blinding of a keyholder',
      () =>
        commitBlinding(sampleAttemptFacts({ blindings: blindingsOf(2) }), {
          index: 2,
          blindingHash: hashOf('other'),
        }),
      'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      'Keyholder 2 recorded another blinding',
    ],
    [
      'closing an open round',
      () => closeBlinding(sampleAttemptFacts({ blindings: blindingsOf(1, 2) })),
      'DEADLINE_NOT_REACHED',
      'round is still open',
    ],
    [
      'closing a round with too few',
      () => closeBlinding(sampleAttemptFacts({ blindings: blindingsOf(1), now: LATE })),
      'INVALID_STATE',
      'Only 1 keyholders recorded a blinding, and 2 are needed',
    ],
    [
      'a share while blindings are recorded',
      () => recordShare(sampleAttemptFacts(), shareOf(1)),
      'INVALID_STATE',
      'The query is authorised and its attempt blinding; this takes an attempt that is opening',
    ],
    [
      'a share of who is not in A',
      () => recordShare(sampleOpeningFacts([1, 2]), shareOf(3)),
      'FORBIDDEN',
      'Keyholder 3 is not part',
    ],
    [
      'a share of who has refused',
      () => recordShare(sampleOpeningFacts([1, 2, 3], { refusals: [refusalOf(3)] }), shareOf(3)),
      'INVALID_STATE',
      'Keyholder 3 has refused',
    ],
    [
      'a share that comes too late',
      () => recordShare(sampleOpeningFacts([1, 2, 3], { now: LATE }), shareOf(1)),
      'DEADLINE_PASSED',
      'time to release shares is over',
    ],
    [
      'a share of another final block than was released',
      () => recordShare(releasedFacts(), shareOf(3, 'other')),
      'FINAL_BLOCK_CONFLICT',
      'released with another final block',
    ],
    [
      'a second final block of a keyholder',
      () => recordShare(releasedFacts(), shareOf(1, 'other')),
      'FINAL_BLOCK_CONFLICT',
      'Keyholder 1 already opened another final block',
    ],
    [
      'another share of the same final block',
      () => recordShare(releasedFacts(), { ...shareOf(1), shareHash: hashOf('other') }),
      'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      'Keyholder 1 recorded another share',
    ],
    [
      'a refusal after the share',
      () => recordRefusal(releasedFacts(), refusalOf(1)),
      'INVALID_STATE',
      'Keyholder 1 has recorded its share',
    ],
    [
      'a refusal for another reason',
      () =>
        recordRefusal(sampleOpeningFacts([1, 2, 3], { refusals: [refusalOf(3)] }), {
          ...refusalOf(3),
          code: 'CONSENT_EXPIRED',
        }),
      'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      'Keyholder 3 refused this attempt for another reason',
    ],
    [
      'a member who holds no share of the key',
      () => keyholderIndex({ keyholders: [] }, memberIdSchema.parse('acme')),
      'FORBIDDEN',
      'acme is no keyholder of the key',
    ],
    [
      'another plan',
      () => {
        requireCurrentAttempt(samplePlannedQuery(), { planHash: hashOf('other'), attempt: 1 });
      },
      'PLAN_MISMATCH',
      'not the one that was charged',
    ],
    [
      'another attempt',
      () => {
        const query = samplePlannedQuery();
        requireCurrentAttempt(query, { planHash: query.planHash, attempt: 2 });
      },
      'ATTEMPT_MISMATCH',
      'current attempt is 1, not 2',
    ],
    [
      'a state in the right status',
      () => {
        requireAttemptState(samplePlannedQuery(), 'opening', ['authorised']);
      },
      'INVALID_STATE',
      'takes an attempt that is opening',
    ],
    [
      'a report of a share of another attempt',
      () => raiseDispute(sampleReleasedFacts(), { ...reference, attempt: 2 }),
      'ATTEMPT_MISMATCH',
      'current attempt is 1, not 2',
    ],
    [
      'a report of a share that was not recorded',
      () => raiseDispute(sampleReleasedFacts(), { ...reference, index: 3 }),
      'NOT_FOUND',
      'Keyholder 3 recorded no share',
    ],
    [
      'a report that comes too late',
      () => raiseDispute(sampleReleasedFacts({ now: LATE }), reference),
      'DEADLINE_PASSED',
      'time to report missing shares is over',
    ],
    [
      'a report on a query without a result',
      () => raiseDispute(sampleReleasedFacts({ query: samplePlannedQuery() }), reference),
      'INVALID_STATE',
      'query is authorised, not released',
    ],
    [
      'an answer to a report of another keyholder',
      () =>
        answerDispute(
          sampleReleasedFacts({ disputes: [raiseDispute(sampleReleasedFacts(), reference)] }),
          { ...reference, index: 2 },
          '',
        ),
      'NOT_FOUND',
      'share of keyholder 2 is not missed',
    ],
  ])('%s', (_what, step, code, words) => {
    expect(step).toThrow(refusal(code, words));
  });

  test.each(['plan', 'planHash', 'attempt'])('a query without its %s', (field) => {
    const query = Object.fromEntries(
      Object.entries(samplePlannedQuery()).filter(([name]) => name !== field),
    );
    expect(() => requirePlanned(query as never)).toThrow(refusal('INVALID_STATE', 'was refused'));
  });
});

describe('when an attempt is over', () => {
  const ended = samplePlannedQuery();

  test('as soon as it has ended, whatever the time', () => {
    const query = { ...ended, attempt: { ...ended.attempt, state: 'ended' as const } };
    expect(isAttemptOver(sampleAttemptFacts({ query, blindings: blindingsOf(1, 2, 3) }))).toBe(
      true,
    );
  });

  test('never once its query is released', () => {
    expect(isAttemptOver(releasedFacts({ now: LATE }))).toBe(false);
  });

  test('a refusal of who did not release leaves a release as it is', () => {
    const { query } = recordRefusal(releasedFacts(), refusalOf(3));
    expect(query.attempt.state).toBe('opening');
    const mixed = releasedFacts({ shares: [shareOf(1), shareOf(2, 'other')] });
    expect(recordRefusal(mixed, refusalOf(3)).query.attempt.state).toBe('opening');
  });
});

describe('what another attempt costs', () => {
  test('is said with how many lack it', () => {
    const cohort = [0, 2_000_001, 3_000_000].map((spentMicro, index) => {
      const { consent } = sampleCandidate(index + 1);
      if (consent === undefined) throw new Error('Every sample has a consent.');
      return { consent, spentMicro };
    });
    expect(rechargeAllowed(cohort, 1_000_000, 5_000_000)).toEqual({
      rule: 'privacy-budget',
      version: 1,
      passed: false,
      code: 'PRIVACY_BUDGET',
      sentence: expect.stringContaining('and 2 contributors do not have it left') as string,
      inputs: { epsilonMicro: '1000000', lacking: '2' },
    });
    expect(rechargeAllowed(cohort.slice(0, 1), 1_000_000, 5_000_000)).toMatchObject({
      rule: 'privacy-budget',
      sentence: expect.stringContaining('another attempt left') as string,
    });
  });
});
