import {
  blindingsOf,
  hashOf,
  refusalOf,
  sampleAttemptFacts,
  sampleOpeningFacts,
} from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW, sampleKey } from '../../../../test/fakes/query-facts.js';
import { keyholderIndex, requireCurrentAttempt, requirePlanned } from './attempt-facts.js';
import { closeBlinding, commitBlinding } from './blinding-round.js';

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
const DEADLINE = SAMPLE_NOW + 60_000;
const commitment = (index: number) => ({ index, blindingHash: hashOf(`blinding ${index}`) });

describe('commitBlinding', () => {
  test('leaves the round open below ℓ records', () => {
    const facts = sampleAttemptFacts({ blindings: blindingsOf(3) });
    const step = commitBlinding(facts, commitment(1));
    expect(step).toEqual({ query: facts.query, changed: true });
  });

  test('fixes A at ℓ records', () => {
    const facts = sampleAttemptFacts({ blindings: blindingsOf(3, 1) });
    const { query } = commitBlinding(facts, commitment(2));
    expect(query.status).toBe('blinded');
    expect(query.attempt).toMatchObject({
      state: 'opening',
      keyholders: [1, 2, 3],
      releaseDeadline: facts.now + 120_000,
    });
  });

  test('takes a record at the deadline and none after it', () => {
    expect(commitBlinding(sampleAttemptFacts({ now: DEADLINE }), commitment(1)).changed).toBe(true);
    const late = sampleAttemptFacts({ now: DEADLINE + 1 });
    expect(() => commitBlinding(late, commitment(1))).toThrow(code('DEADLINE_PASSED'));
  });

  test('changes nothing for a repeat, even when the round is over', () => {
    const facts = sampleOpeningFacts([1, 2, 3], { now: DEADLINE + 1 });
    expect(commitBlinding(facts, commitment(1))).toEqual({ query: facts.query, changed: false });
  });

  test('refuses a second, different record', () => {
    const facts = sampleAttemptFacts({ blindings: blindingsOf(1) });
    const other = { index: 1, blindingHash: hashOf('another') };
    expect(() => commitBlinding(facts, other)).toThrow(
      code('ALREADY_EXISTS_WITH_DIFFERENT_CONTENT'),
    );
  });

  test('refuses a record once A is fixed, and one of who has refused', () => {
    const opening = sampleOpeningFacts([1, 2]);
    expect(() => commitBlinding(opening, commitment(3))).toThrow(code('INVALID_STATE'));
    const refused = sampleAttemptFacts({ refusals: [refusalOf(1)] });
    expect(() => commitBlinding(refused, commitment(1))).toThrow(code('INVALID_STATE'));
  });
});

describe('closeBlinding', () => {
  const after = (indices: number[], refused: number[] = []) =>
    sampleAttemptFacts({
      blindings: blindingsOf(...indices),
      refusals: refused.map(refusalOf),
      now: DEADLINE + 1,
    });

  test('fixes A after the deadline with t records', () => {
    const { query, changed } = closeBlinding(after([3, 1]));
    expect(changed).toBe(true);
    expect(query.attempt).toMatchObject({ state: 'opening', keyholders: [1, 3] });
  });

  test('does not before or at the deadline, nor with fewer than t', () => {
    const at = sampleAttemptFacts({ blindings: blindingsOf(1, 2), now: DEADLINE });
    expect(() => closeBlinding(at)).toThrow(code('DEADLINE_NOT_REACHED'));
    expect(() => closeBlinding(after([1]))).toThrow(code('INVALID_STATE'));
  });

  test('leaves out who recorded a blinding and refused afterwards', () => {
    expect(closeBlinding(after([1, 2, 3], [2])).query.attempt.keyholders).toEqual([1, 3]);
    expect(() => closeBlinding(after([1, 2], [2]))).toThrow(code('INVALID_STATE'));
  });

  test('changes nothing when A is fixed already', () => {
    const facts = sampleOpeningFacts();
    expect(closeBlinding(facts)).toEqual({ query: facts.query, changed: false });
  });
});

describe('who speaks of what', () => {
  test('an index is the position among the keyholders of the key, from 1', () => {
    const key = sampleKey();
    expect(key.keyholders.map((memberId) => keyholderIndex(key, memberId))).toEqual([1, 2, 3]);
    const stranger = 'keyholder-4' as (typeof key.keyholders)[number];
    expect(() => keyholderIndex(key, stranger)).toThrow(code('FORBIDDEN'));
  });

  test('a record names the charged plan and the current attempt', () => {
    const { query } = sampleAttemptFacts();
    const { planHash } = query;
    expect(() => {
      requireCurrentAttempt(query, { planHash, attempt: 1 });
    }).not.toThrow();
    expect(() => {
      requireCurrentAttempt(query, { planHash, attempt: 2 });
    }).toThrow(code('ATTEMPT_MISMATCH'));
    expect(() => {
      requireCurrentAttempt(query, { planHash: hashOf('another'), attempt: 1 });
    }).toThrow(code('PLAN_MISMATCH'));
  });

  test('a refused query has no attempts', () => {
    const { plan, planHash, attempt, ...rest } = sampleAttemptFacts().query;
    expect(requirePlanned({ ...rest, plan, planHash, attempt }).attempt).toBe(attempt);
    expect(() => requirePlanned({ ...rest, status: 'refused' })).toThrow(code('INVALID_STATE'));
  });
});
