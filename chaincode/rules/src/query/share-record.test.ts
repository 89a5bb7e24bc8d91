import {
  refusalOf,
  sampleAttemptFacts,
  sampleOpeningFacts,
  shareOf,
  hashOf,
} from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW } from '../../../../test/fakes/query-facts.js';
import { recordRefusal } from './keyholder-refusal.js';
import { canStillRelease, recordShare, releasedFinalHash } from './share-record.js';

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
const DEADLINE = SAMPLE_NOW + 130_000;

describe('recordShare', () => {
  test('releases at t equal final hashes and opens the dispute window', () => {
    const first = recordShare(sampleOpeningFacts(), shareOf(3));
    expect(first).toMatchObject({ changed: true, query: { status: 'blinded' } });
    const facts = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(3)] });
    const { query } = recordShare(facts, shareOf(1));
    expect(query).toMatchObject({ status: 'released', settleDeadline: facts.now + 300_000 });
    expect(query.attempt.state).toBe('opening');
  });

  test('does not release at t different ones, and names the odd one by keeping it', () => {
    const facts = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(3, 'rogue')] });
    const { query } = recordShare(facts, shareOf(1));
    expect(query).toMatchObject({ status: 'blinded', attempt: { state: 'opening' } });
    const further = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(1), shareOf(3, 'rogue')] });
    expect(recordShare(further, shareOf(2)).query.status).toBe('released');
  });

  test('ends the attempt when no final hash can reach t any more', () => {
    const two = sampleOpeningFacts([1, 3], { shares: [shareOf(3, 'rogue')] });
    expect(recordShare(two, shareOf(1)).query.attempt.state).toBe('ended');
    const refused = sampleOpeningFacts([1, 2, 3], {
      refusals: [refusalOf(1)],
      shares: [shareOf(3)],
    });
    expect(recordShare(refused, shareOf(2, 'rogue')).query.attempt.state).toBe('ended');
  });

  test('refuses another final block of the same keyholder, also after the release', () => {
    const facts = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(1)] });
    expect(() => recordShare(facts, shareOf(1, 'rogue'))).toThrow(code('FINAL_BLOCK_CONFLICT'));
    const released = sampleOpeningFacts([1, 2, 3], {
      query: { ...facts.query, status: 'released' },
      shares: [shareOf(1), shareOf(2)],
    });
    expect(() => recordShare(released, shareOf(2, 'rogue'))).toThrow(code('FINAL_BLOCK_CONFLICT'));
    expect(() => recordShare(released, shareOf(3, 'rogue'))).toThrow(code('FINAL_BLOCK_CONFLICT'));
    expect(recordShare(released, shareOf(3))).toEqual({ query: released.query, changed: true });
  });

  test('changes nothing for the same bytes and refuses others', () => {
    const facts = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(1)], now: DEADLINE + 1 });
    expect(recordShare(facts, shareOf(1))).toEqual({ query: facts.query, changed: false });
    const other = { ...shareOf(1), shareHash: hashOf('other bytes') };
    expect(() => recordShare(facts, other)).toThrow(code('ALREADY_EXISTS_WITH_DIFFERENT_CONTENT'));
  });

  test('takes shares of A only, until the deadline, from who has not refused', () => {
    expect(() => recordShare(sampleOpeningFacts([1, 2]), shareOf(3))).toThrow(code('FORBIDDEN'));
    const at = sampleOpeningFacts([1, 2], { now: DEADLINE });
    expect(recordShare(at, shareOf(1)).changed).toBe(true);
    const late = sampleOpeningFacts([1, 2], { now: DEADLINE + 1 });
    expect(() => recordShare(late, shareOf(1))).toThrow(code('DEADLINE_PASSED'));
    const refused = sampleOpeningFacts([1, 2, 3], { refusals: [refusalOf(1)] });
    expect(() => recordShare(refused, shareOf(1))).toThrow(code('INVALID_STATE'));
  });

  test.each(['authorised', 'settled', 'expired', 'failed'] as const)(
    'refuses a share of a query that is %s',
    (status) => {
      const facts = sampleOpeningFacts();
      const query = { ...facts.query, status };
      expect(() => recordShare({ ...facts, query }, shareOf(1))).toThrow(code('INVALID_STATE'));
    },
  );

  test('refuses a share while the blinding round is open', () => {
    expect(() => recordShare(sampleAttemptFacts(), shareOf(1))).toThrow(code('INVALID_STATE'));
  });
});

describe('releasedFinalHash', () => {
  test('is the one that t recorded', () => {
    const shares = [shareOf(1, 'rogue'), shareOf(2), shareOf(3)];
    expect(releasedFinalHash(shares, 2)).toBe(hashOf('final'));
    expect(releasedFinalHash(shares, 3)).toBeUndefined();
    expect(releasedFinalHash([], 2)).toBeUndefined();
  });
});

describe('recordRefusal', () => {
  test('ends the blinding round when fewer than t are left', () => {
    const one = recordRefusal(sampleAttemptFacts(), refusalOf(2));
    expect(one).toMatchObject({ changed: true, query: { attempt: { state: 'blinding' } } });
    const facts = sampleAttemptFacts({ refusals: [refusalOf(2)] });
    expect(recordRefusal(facts, refusalOf(3)).query.attempt.state).toBe('ended');
  });

  test('ends an opening that cannot reach t', () => {
    expect(recordRefusal(sampleOpeningFacts([1, 2]), refusalOf(1)).query.attempt.state).toBe(
      'ended',
    );
    expect(recordRefusal(sampleOpeningFacts(), refusalOf(1)).query.attempt.state).toBe('opening');
    const shared = sampleOpeningFacts([1, 2], { shares: [shareOf(2)] });
    expect(canStillRelease(shared, shared)).toBe(true);
    expect(recordRefusal(shared, refusalOf(1)).query.attempt.state).toBe('ended');
  });

  test('does not undo a release', () => {
    const facts = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(1), shareOf(2)] });
    const query = { ...facts.query, status: 'released' as const };
    expect(recordRefusal({ ...facts, query }, refusalOf(3)).query).toEqual(query);
  });

  test('changes nothing for a repeat and refuses another reason', () => {
    const facts = sampleAttemptFacts({ refusals: [refusalOf(2)] });
    expect(recordRefusal(facts, { ...refusalOf(2), at: 5 }).changed).toBe(false);
    expect(() => recordRefusal(facts, { ...refusalOf(2), reason: 'Another.' })).toThrow(
      code('ALREADY_EXISTS_WITH_DIFFERENT_CONTENT'),
    );
  });

  test('comes too late after a share, and in an ended attempt', () => {
    const shared = sampleOpeningFacts([1, 2, 3], { shares: [shareOf(1)] });
    expect(() => recordRefusal(shared, refusalOf(1))).toThrow(code('INVALID_STATE'));
    const facts = sampleAttemptFacts();
    const ended = { ...facts.query, attempt: { ...facts.query.attempt, state: 'ended' as const } };
    expect(() => recordRefusal({ ...facts, query: ended }, refusalOf(1))).toThrow(
      code('INVALID_STATE'),
    );
  });
});
