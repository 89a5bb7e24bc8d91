import { sha256Hex } from '@veilsum/crypto';
import { hashSchema, type ShareDispute } from '@veilsum/protocol';
import { sampleReleasedFacts, shareOf } from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW } from '../../../../test/fakes/query-facts.js';
import { acceptResult, settleAfterDeadline } from './settlement-outcome.js';
import { answerDispute, paidShares, raiseDispute, type ReleasedFacts } from './share-dispute.js';

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
const SETTLE_DEADLINE = SAMPLE_NOW + 400_000;
const { queryId } = sampleReleasedFacts().query;
const reference = (index: number) => ({ queryId, attempt: 1, index });

function disputeOf(index: number, change: Partial<ShareDispute> = {}): ShareDispute {
  return {
    ...reference(index),
    raisedAt: SAMPLE_NOW + 100_000,
    answerDeadline: SAMPLE_NOW + 500_000,
    status: 'open',
    ...change,
  };
}

const bytes = new Uint8Array([1, 2, 3, 4]);
const sealedShare = Buffer.from(bytes).toString('base64');
const withBytes = (change: Partial<ReleasedFacts> = {}) =>
  sampleReleasedFacts({
    shares: [{ ...shareOf(1), shareHash: hashSchema.parse(sha256Hex(bytes)) }, shareOf(2)],
    disputes: [disputeOf(1)],
    ...change,
  });

describe('raiseDispute', () => {
  test('gives the keyholder as long as the dispute window', () => {
    const facts = sampleReleasedFacts({ now: SETTLE_DEADLINE });
    expect(raiseDispute(facts, reference(2))).toEqual({
      ...reference(2),
      raisedAt: SETTLE_DEADLINE,
      answerDeadline: SETTLE_DEADLINE + 300_000,
      status: 'open',
    });
  });

  test('is the same one when raised again, and none after the window', () => {
    const late = sampleReleasedFacts({ now: SETTLE_DEADLINE + 1, disputes: [disputeOf(2)] });
    expect(raiseDispute(late, reference(2))).toEqual(disputeOf(2));
    expect(() => raiseDispute(late, reference(1))).toThrow(code('DEADLINE_PASSED'));
  });

  test('needs a share that is paid for, of the current attempt', () => {
    expect(() => raiseDispute(sampleReleasedFacts(), reference(3))).toThrow(code('NOT_FOUND'));
    const rogue = sampleReleasedFacts({ shares: [shareOf(1), shareOf(2), shareOf(3, 'rogue')] });
    expect(() => raiseDispute(rogue, reference(3))).toThrow(code('NOT_FOUND'));
    expect(() => raiseDispute(rogue, { ...reference(1), attempt: 2 })).toThrow(
      code('ATTEMPT_MISMATCH'),
    );
  });

  test.each(['blinded', 'settled', 'failed'] as const)('needs a release, not %s', (status) => {
    const facts = sampleReleasedFacts();
    const query = { ...facts.query, status };
    expect(() => raiseDispute({ ...facts, query }, reference(1))).toThrow(code('INVALID_STATE'));
  });
});

describe('answerDispute', () => {
  test('takes the bytes of the recorded hash until the deadline', () => {
    const at = withBytes({ now: SAMPLE_NOW + 500_000 });
    expect(answerDispute(at, reference(1), sealedShare)).toEqual(
      disputeOf(1, { status: 'answered' }),
    );
    const late = withBytes({ now: SAMPLE_NOW + 500_001 });
    expect(() => answerDispute(late, reference(1), sealedShare)).toThrow(code('DEADLINE_PASSED'));
  });

  test.each([
    ['other bytes', Buffer.from([1, 2, 3, 5]).toString('base64')],
    ['text that is not base64', `${sealedShare}!`],
    ['base64 without padding', sealedShare.replace(/=+$/u, '')],
    ['base64 with spaces', ` ${sealedShare}`],
    ['hex', '01020304'],
  ])('refuses %s', (_name, text) => {
    expect(() => answerDispute(withBytes(), reference(1), text)).toThrow(code('SHARE_INVALID'));
  });

  test('needs a report, and repeats without harm', () => {
    const none = withBytes({ disputes: [] });
    expect(() => answerDispute(none, reference(1), sealedShare)).toThrow(code('NOT_FOUND'));
    const answered = disputeOf(1, { status: 'answered' });
    const again = withBytes({ disputes: [answered], now: SAMPLE_NOW + 900_000 });
    expect(answerDispute(again, reference(1), sealedShare)).toEqual(answered);
  });
});

describe('settlement', () => {
  const three = [shareOf(1), shareOf(2), shareOf(3)];
  const settledAt = (change: Partial<ReleasedFacts>) =>
    settleAfterDeadline(sampleReleasedFacts({ now: SAMPLE_NOW + 500_001, ...change }));

  test('by acceptance pays every share of the result, reported missing or not', () => {
    const facts = sampleReleasedFacts({
      shares: [shareOf(1), shareOf(2), shareOf(3, 'rogue')],
      disputes: [disputeOf(2)],
    });
    const { query, keyholders } = acceptResult(facts);
    expect(query).toMatchObject({ status: 'settled', attempt: { state: 'ended' } });
    expect(keyholders).toEqual([
      { index: 1, delivered: true },
      { index: 2, delivered: true },
    ]);
  });

  test('by time comes after the dispute window and the time to answer', () => {
    const at = (now: number, disputes: ShareDispute[] = []) =>
      settleAfterDeadline(sampleReleasedFacts({ now, disputes }));
    expect(() => at(SETTLE_DEADLINE)).toThrow(code('DEADLINE_NOT_REACHED'));
    expect(at(SETTLE_DEADLINE + 1).query.status).toBe('settled');
    expect(() => at(SAMPLE_NOW + 500_000, [disputeOf(1)])).toThrow(code('DEADLINE_NOT_REACHED'));
    const answered = [disputeOf(1, { status: 'answered' })];
    expect(at(SETTLE_DEADLINE + 1, answered).query.status).toBe('settled');
  });

  test('by time takes the fee of a keyholder whose share stayed missing', () => {
    const { query, keyholders } = settledAt({ shares: three, disputes: [disputeOf(2)] });
    expect(query.status).toBe('settled');
    expect(keyholders?.map(({ delivered }) => delivered)).toEqual([true, false, true]);
  });

  test('by time gives the price back with fewer than t shares', () => {
    const { query, keyholders } = settledAt({ disputes: [disputeOf(2)] });
    expect(query.status).toBe('failed');
    expect(keyholders).toBeUndefined();
  });

  test('happens once', () => {
    const facts = sampleReleasedFacts({ now: SAMPLE_NOW + 10 ** 9 });
    const query = { ...facts.query, status: 'settled' as const };
    expect(() => acceptResult({ ...facts, query })).toThrow(code('INVALID_STATE'));
    expect(() => settleAfterDeadline({ ...facts, query })).toThrow(code('INVALID_STATE'));
  });

  test('pays nobody for a final block that nobody else recorded', () => {
    const shares = [shareOf(1, 'rogue'), shareOf(2), shareOf(3)];
    expect(paidShares(sampleReleasedFacts({ shares })).map(({ index }) => index)).toEqual([2, 3]);
  });
});
