import type { AttemptRecord, QueryRecord, ShareDispute } from '@veilsum/protocol';
import { nextTask, openAttempt, type OpenAttempt } from './query-progress.js';

const hash = 'ab'.repeat(32);
const OWN = 2;
const DEADLINE = 1000;

function attemptWith(
  part: Partial<AttemptRecord['attempt']>,
  lists: Partial<Omit<AttemptRecord, 'attempt'>> = {},
): OpenAttempt {
  const attempt: AttemptRecord = {
    attempt: {
      attempt: 1,
      state: 'blinding',
      openedAt: 0,
      blindingDeadline: DEADLINE,
      releaseDeadline: 0,
      keyholders: [],
      ...part,
    },
    blindings: [],
    shares: [],
    refusals: [],
    ...lists,
  };
  return { attempt, disputes: [] } as unknown as OpenAttempt;
}

function disputed(open: OpenAttempt, change: Partial<ShareDispute> = {}): OpenAttempt {
  const dispute = { attempt: 1, index: OWN, answerDeadline: DEADLINE, status: 'open', ...change };
  return { ...open, disputes: [dispute as ShareDispute] };
}

const blinding = { index: OWN, blindingHash: hash } as AttemptRecord['blindings'][number];
const share = { index: OWN, finalHash: hash, shareHash: hash } as AttemptRecord['shares'][number];
const refusal = { index: OWN, code: 'CONSENT_WITHDRAWN', reason: 'x', at: 1 };
const opening: Partial<AttemptRecord['attempt']> = {
  state: 'opening',
  keyholders: [1, 2],
  releaseDeadline: DEADLINE,
};

const shared = attemptWith(opening, { shares: [share] });

test.each([
  ['an open round without the own blinding', attemptWith({}), 'commit'],
  ['the deadline itself', attemptWith({ blindingDeadline: 500 }), 'commit'],
  ['a round past its deadline', attemptWith({ blindingDeadline: 499 }), 'rest'],
  ['an own blinding that is recorded', attemptWith({}, { blindings: [blinding] }), 'rest'],
  ["another's blinding", attemptWith({}, { blindings: [{ ...blinding, index: 1 }] }), 'commit'],
  ['an own refusal', attemptWith({}, { refusals: [refusal] }), 'rest'],
  ["another's refusal", attemptWith({}, { refusals: [{ ...refusal, index: 3 }] }), 'commit'],
  ['a fixed A with the own index', attemptWith(opening), 'open'],
  ['a fixed A without it', attemptWith({ ...opening, keyholders: [1, 3] }), 'rest'],
  ['a fixed A past its deadline', attemptWith({ ...opening, releaseDeadline: 499 }), 'rest'],
  ['an own share', attemptWith(opening, { shares: [share] }), 'handOver'],
  [
    'an own share of an ended attempt',
    attemptWith({ state: 'ended' }, { shares: [share] }),
    'handOver',
  ],
  [
    'an own share and a refusal',
    attemptWith(opening, { shares: [share], refusals: [refusal] }),
    'handOver',
  ],
  ['a share that the analyst misses', disputed(shared), 'answer'],
  ["another's share that he misses", disputed(shared, { index: 1 }), 'handOver'],
  ['a dispute that was answered', disputed(shared, { status: 'answered' }), 'handOver'],
  ['a dispute past its deadline', disputed(shared, { answerDeadline: 499 }), 'handOver'],
  ['an ended attempt', attemptWith({ state: 'ended', keyholders: [2] }), 'rest'],
])('%s', (_, attempt, task) => {
  expect(nextTask(attempt, OWN, 500)).toBe(task);
});

test.each(['settled', 'refused', 'expired', 'failed'])(
  'a query that is %s is left alone',
  (status) => {
    const record = { status, plan: {}, planHash: hash, attempt: { attempt: 1 } };
    const attempts = [attemptWith({}).attempt];
    expect(openAttempt(record as unknown as QueryRecord, attempts, [])).toBeUndefined();
    const open = { ...record, status: 'authorised' } as unknown as QueryRecord;
    expect(openAttempt(open, attempts, [])?.attempt).toBe(attempts[0]);
  },
);

test('only the current attempt counts', () => {
  const record = { status: 'blinded', plan: {}, planHash: hash, attempt: { attempt: 2 } };
  const first = attemptWith(opening).attempt;
  expect(openAttempt(record as unknown as QueryRecord, [first], [])).toBeUndefined();
});

test('every attempt after one with a recorded share is charged anew', () => {
  const record = { status: 'authorised', plan: {}, planHash: hash, attempt: { attempt: 3 } };
  const attempts = [
    attemptWith({ attempt: 1, state: 'ended' }, { shares: [share] }).attempt,
    attemptWith({ attempt: 2, state: 'ended' }).attempt,
    attemptWith({ attempt: 3 }).attempt,
  ];
  expect(openAttempt(record as unknown as QueryRecord, attempts, [])?.chargesDue).toBe(2);
});
