import {
  blindingsOf,
  sampleAttemptFacts,
  sampleOpeningFacts,
  samplePlannedQuery,
  shareOf,
} from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW, sampleCandidate } from '../../../../test/fakes/query-facts.js';
import { expireQuery, isAttemptOver, nextAttempt } from './attempt-end.js';
import type { AttemptFacts } from './attempt-facts.js';
import { rechargeAllowed } from './recharge.js';

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
const BLINDING_DEADLINE = SAMPLE_NOW + 60_000;
const RELEASE_DEADLINE = SAMPLE_NOW + 130_000;
/** One blinding and one release round after the last deadline. */
const GRACE_MS = 180_000;

const stuckInBlinding = (now = BLINDING_DEADLINE + 1) =>
  sampleAttemptFacts({ blindings: blindingsOf(1), now });
const stuckInOpening = (now = RELEASE_DEADLINE + 1) =>
  sampleOpeningFacts([1, 2, 3], { shares: [shareOf(1)], now });
const inAttempt = (facts: AttemptFacts, attempt: number): AttemptFacts => ({
  ...facts,
  query: { ...facts.query, attempt: { ...facts.query.attempt, attempt } },
});

describe('isAttemptOver', () => {
  test('when too few blindings came by the deadline', () => {
    expect(isAttemptOver(stuckInBlinding(BLINDING_DEADLINE))).toBe(false);
    expect(isAttemptOver(stuckInBlinding())).toBe(true);
    const enough = sampleAttemptFacts({
      blindings: blindingsOf(1, 2),
      now: BLINDING_DEADLINE + 1,
    });
    expect(isAttemptOver(enough)).toBe(false);
  });

  test('when too few shares came by the deadline', () => {
    expect(isAttemptOver(stuckInOpening(RELEASE_DEADLINE))).toBe(false);
    expect(isAttemptOver(stuckInOpening())).toBe(true);
  });
});

describe('nextAttempt', () => {
  test('is free while no share of the last is recorded', () => {
    const facts = stuckInBlinding();
    const { query, ended, chargesEpsilon } = nextAttempt(facts);
    expect(chargesEpsilon).toBe(false);
    expect(ended).toEqual({ ...facts.query.attempt, state: 'ended' });
    expect(query).toMatchObject({ status: 'authorised', chargedEpsilonMicro: 1_000_000 });
    expect(query.attempt).toEqual({
      attempt: 2,
      state: 'blinding',
      openedAt: facts.now,
      blindingDeadline: facts.now + 60_000,
      releaseDeadline: 0,
      keyholders: [],
    });
  });

  test('charges ε again after a recorded share', () => {
    const { query, chargesEpsilon } = nextAttempt(stuckInOpening());
    expect(chargesEpsilon).toBe(true);
    expect(query).toMatchObject({ status: 'authorised', chargedEpsilonMicro: 2_000_000 });
  });

  test('comes only when the last is over, and not beyond the last allowed', () => {
    expect(() => nextAttempt(stuckInBlinding(BLINDING_DEADLINE))).toThrow(
      code('DEADLINE_NOT_REACHED'),
    );
    expect(nextAttempt(inAttempt(stuckInBlinding(), 2)).query.attempt.attempt).toBe(3);
    expect(() => nextAttempt(inAttempt(stuckInBlinding(), 3))).toThrow(code('INVALID_STATE'));
  });

  test.each(['released', 'settled', 'expired', 'failed', 'refused'] as const)(
    'never follows a query that is %s',
    (status) => {
      const facts = stuckInOpening();
      const query = { ...facts.query, status };
      expect(() => nextAttempt({ ...facts, query })).toThrow(code('INVALID_STATE'));
    },
  );
});

describe('expireQuery', () => {
  const nobody = { byAnalyst: false, stopped: false, anyShare: false };

  test('lets anyone end it when no attempt is left', () => {
    const { query, givesBack } = expireQuery(inAttempt(stuckInBlinding(), 3), nobody);
    expect(givesBack).toBe(true);
    expect(query).toMatchObject({
      status: 'expired',
      chargedEpsilonMicro: 0,
      attempt: { state: 'ended' },
    });
  });

  test('lets the analyst give up as soon as an attempt is over', () => {
    expect(() => expireQuery(stuckInBlinding(), nobody)).toThrow(code('DEADLINE_NOT_REACHED'));
    expect(expireQuery(stuckInBlinding(), { ...nobody, byAnalyst: true }).query.status).toBe(
      'expired',
    );
    const early = stuckInBlinding(BLINDING_DEADLINE);
    expect(() => expireQuery(early, { ...nobody, byAnalyst: true })).toThrow(
      code('DEADLINE_NOT_REACHED'),
    );
  });

  test('lets anyone end it when nobody went on', () => {
    const late = BLINDING_DEADLINE + GRACE_MS;
    expect(() => expireQuery(stuckInBlinding(late), nobody)).toThrow(code('DEADLINE_NOT_REACHED'));
    expect(expireQuery(stuckInBlinding(late + 1), nobody).query.status).toBe('expired');
    const closable = sampleAttemptFacts({ blindings: blindingsOf(1, 2), now: late + 1 });
    expect(expireQuery(closable, nobody).query.status).toBe('expired');
    const opening = RELEASE_DEADLINE + GRACE_MS;
    expect(() => expireQuery(stuckInOpening(opening), nobody)).toThrow(
      code('DEADLINE_NOT_REACHED'),
    );
    expect(expireQuery(stuckInOpening(opening + 1), nobody).query.status).toBe('expired');
  });

  test('ends a stopped plan at once, as failed', () => {
    const { query, givesBack } = expireQuery(sampleOpeningFacts(), { ...nobody, stopped: true });
    expect(query.status).toBe('failed');
    expect(givesBack).toBe(true);
  });

  test('keeps what was charged once a share is recorded', () => {
    const facts = inAttempt(stuckInOpening(), 3);
    const { query, givesBack } = expireQuery(facts, { ...nobody, anyShare: true });
    expect(givesBack).toBe(false);
    expect(query.chargedEpsilonMicro).toBe(1_000_000);
  });

  test.each(['released', 'settled', 'expired', 'failed', 'refused'] as const)(
    'never ends a query that is %s',
    (status) => {
      const facts = sampleAttemptFacts({
        query: samplePlannedQuery({ status }),
        now: SAMPLE_NOW + 10 ** 9,
      });
      expect(() => expireQuery(facts, { ...nobody, stopped: true })).toThrow(code('INVALID_STATE'));
    },
  );
});

describe('rechargeAllowed', () => {
  const spending = (spentMicro: number) => {
    const { consent } = sampleCandidate(1);
    if (consent === undefined) throw new Error('The sample has a consent.');
    return { consent, spentMicro };
  };

  test('needs the ε of every contributor once more', () => {
    const exactly = [spending(0), spending(2_000_000)];
    expect(rechargeAllowed(exactly, 1_000_000, 5_000_000).passed).toBe(true);
    const lacking = [...exactly, spending(2_000_001)];
    expect(rechargeAllowed(lacking, 1_000_000, 5_000_000)).toMatchObject({
      passed: false,
      code: 'PRIVACY_BUDGET',
      inputs: { lacking: '1' },
    });
  });
});
