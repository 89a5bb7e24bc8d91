import { createHash } from 'node:crypto';
import {
  legalEntityIdSchema,
  memberIdSchema,
  openingTaskSchema,
  type Member,
  type OpeningTask,
  type Product,
  type Verdict,
} from '@veilsum/protocol';
import {
  checkConclusion,
  checkContest,
  checkDelivery,
  checkOpeningAnswer,
  checkOpeningCommitment,
  checkOpeningReveal,
  isOpeningDue,
  mismatchFault,
  missedOpeningFault,
  notAgreed,
  type ContestFacts,
  type OpeningCommitmentFacts,
  type OpeningRevealFacts,
} from './opening-rules.js';

const randomness = '07'.repeat(32);
const randomnessHash = createHash('sha256').update(Buffer.alloc(32, 7)).digest('hex');
const version = (change: object = {}) =>
  ({
    openings: { contributions: 1, cells: 1, answerMs: 1000 },
    epochs: { calendar: 'quarter', graceDays: 14 },
    ...change,
  }) as unknown as Product;

/** Code and rule of the first refusal. */
function refusal({ trace }: Verdict): [string | undefined, string] | undefined {
  const failed = trace.find(({ passed }) => !passed);
  return failed && [failed.code, failed.rule];
}
const sentences = ({ trace }: Verdict) => trace.map(({ sentence }) => sentence).join(' ');

describe('the fixing of randomness', () => {
  const check = (change: Partial<OpeningCommitmentFacts> = {}) =>
    checkOpeningCommitment({
      epoch: '2025-Q3',
      versions: [version()],
      contributions: [],
      hasOpening: false,
      ...change,
    });

  it('needs a product that agrees, in one version at least', () => {
    expect(check().allowed).toBe(true);
    const closed = version({ openings: undefined });
    expect(check({ versions: [closed, version()] }).allowed).toBe(true);
    expect(refusal(check({ versions: [closed] }))).toEqual([
      'OPENINGS_NOT_AGREED',
      'opening-agreed',
    ]);
    expect(refusal(check({ versions: [] }))).toEqual(['OPENINGS_NOT_AGREED', 'opening-agreed']);
    expect(notAgreed().sentence).toContain('may be opened');
  });

  it('needs an epoch of the product', () => {
    const verdict = check({ epoch: '2025-M09' });
    expect(refusal(verdict)).toEqual(['INVALID_ARGUMENT', 'opening-epoch']);
    expect(sentences(verdict)).toContain('2025-M09');
  });

  it('comes before anything is stored, and once', () => {
    for (const status of ['stored', 'frozen'] as const) {
      const verdict = check({ contributions: [{ status: 'registered' }, { status }] });
      expect(refusal(verdict)).toEqual(['OPENING_TOO_LATE', 'opening-before']);
      expect(sentences(verdict)).toContain('stored already');
    }
    for (const status of ['registered', 'withdrawn', 'superseded'] as const) {
      expect(check({ contributions: [{ status }] }).allowed).toBe(true);
    }
    const second = check({ hasOpening: true });
    expect(refusal(second)).toEqual(['OPENING_STANDS', 'opening-single']);
    expect(sentences(second)).toContain('once');
  });
});

describe('the revealing', () => {
  /** End of 2025-Q3 and 14 days. */
  const FROM = Date.UTC(2025, 9, 15);
  const check = (change: Partial<OpeningRevealFacts> = {}) =>
    checkOpeningReveal({
      opening: {
        auditorId: memberIdSchema.parse('auditor'),
        status: 'committed',
        epoch: '2025-Q3',
        randomnessHash: randomnessHash as OpeningRevealFacts['opening']['randomnessHash'],
      },
      randomness,
      callerId: 'auditor',
      versions: [version(), version({ epochs: { calendar: 'month', graceDays: 300 } })],
      candidates: 1,
      now: FROM,
      ...change,
    });

  it('is the auditor’s, of what it fixed, once', () => {
    expect(check().allowed).toBe(true);
    const other = check({ callerId: 'other' });
    expect(refusal(other)).toEqual(['FORBIDDEN', 'opening-auditor']);
    expect(sentences(other)).toContain('auditor');
    const wrong = check({ randomness: '08'.repeat(32) });
    expect(refusal(wrong)).toEqual(['OPENING_RANDOMNESS', 'opening-randomness']);
    const { auditorId, epoch } = { auditorId: memberIdSchema.parse('auditor'), epoch: '2025-Q3' };
    const none = check({ opening: { auditorId, status: 'committed', epoch } });
    expect(refusal(none)).toEqual(['OPENING_RANDOMNESS', 'opening-randomness']);
    const again = check({
      opening: {
        auditorId,
        status: 'revealed',
        epoch,
        randomnessHash: randomnessHash as OpeningRevealFacts['opening']['randomnessHash'],
      },
    });
    expect(refusal(again)).toEqual(['INVALID_STATE', 'opening-status']);
  });

  it('waits for the epoch and the latest of the days after it', () => {
    expect(refusal(check({ now: FROM - 1 }))).toEqual(['DEADLINE_NOT_REACHED', 'opening-after']);
    const later = version({ epochs: { calendar: 'quarter', graceDays: 15 } });
    expect(refusal(check({ versions: [version(), later] }))).toEqual([
      'DEADLINE_NOT_REACHED',
      'opening-after',
    ]);
    expect(refusal(check({ candidates: 0 }))).toEqual(['INVALID_STATE', 'opening-candidates']);
  });
});

const task = (change: object = {}): OpeningTask =>
  openingTaskSchema.parse({
    openingId: 'a'.repeat(32),
    contributionId: 'b'.repeat(32),
    contributorId: 'shop',
    productId: 'sales',
    epoch: '2025-Q3',
    judgeId: 'auditor',
    rows: [0],
    answerMs: 1000,
    deadline: 5000,
    status: 'due',
    conclusions: [],
    ...change,
  });
const conclusion = (change: object = {}) => ({
  judgeId: 'auditor',
  outcome: 'mismatch',
  evidenceHash: 'c'.repeat(64),
  concludedAt: 5000,
  ...change,
});

describe('an answer', () => {
  it('is named by the contributor until it is delivered', () => {
    for (const status of ['due', 'named']) {
      expect(checkOpeningAnswer(task({ status }), 'shop').allowed).toBe(true);
      expect(isOpeningDue(task({ status }))).toBe(true);
    }
    expect(refusal(checkOpeningAnswer(task(), 'other'))).toEqual([
      'FORBIDDEN',
      'opening-contributor',
    ]);
    for (const status of ['answered', 'agreed', 'mismatch']) {
      const verdict = checkOpeningAnswer(task({ status }), 'shop');
      expect(refusal(verdict)).toEqual(['INVALID_STATE', 'opening-status']);
      expect(sentences(verdict)).toContain(status);
      expect(isOpeningDue(task({ status }))).toBe(false);
    }
  });

  it('is delivered when it was named, as what was named', () => {
    const named = task({ status: 'named', answerHash: 'd'.repeat(64) });
    expect(checkDelivery(named, 'd'.repeat(64)).allowed).toBe(true);
    expect(refusal(checkDelivery(named, 'e'.repeat(64)))).toEqual([
      'OPENING_ANSWER_HASH',
      'opening-answer',
    ]);
    const due = checkDelivery(task(), 'd'.repeat(64));
    expect(refusal(due)).toEqual(['INVALID_STATE', 'opening-status']);
    expect(sentences(due)).toContain('due');
  });

  it('is concluded on by whom it is sealed to, once it is there', () => {
    expect(checkConclusion(task({ status: 'answered' }), 'auditor').allowed).toBe(true);
    expect(refusal(checkConclusion(task({ status: 'answered' }), 'other'))).toEqual([
      'FORBIDDEN',
      'opening-auditor',
    ]);
    const early = checkConclusion(task({ status: 'named' }), 'auditor');
    expect(refusal(early)).toEqual(['INVALID_STATE', 'opening-status']);
    expect(sentences(early)).toContain('named');
  });

  it('is missed after its deadline, unless it is there or a contest runs', () => {
    expect(missedOpeningFault(task(), 5001)).toBeUndefined();
    expect(missedOpeningFault(task({ status: 'named' }), 5001)).toBeUndefined();
    expect(missedOpeningFault(task(), 5000)?.code).toBe('DEADLINE_NOT_REACHED');
    expect(missedOpeningFault(task({ status: 'answered' }), 5001)?.code).toBe('INVALID_STATE');
    const contested = task({ conclusions: [conclusion()] });
    expect(missedOpeningFault(contested, 5001)?.code).toBe('INVALID_STATE');
    expect(mismatchFault(task({ status: 'mismatch' }))).toBeUndefined();
    expect(mismatchFault(task({ status: 'agreed' }))?.code).toBe('INVALID_STATE');
  });
});

describe('a contest', () => {
  const person = (memberId: string, roles: Member['roles'] = ['auditor'], entity = memberId) => ({
    memberId: memberIdSchema.parse(memberId),
    legalEntityId: legalEntityIdSchema.parse(entity),
    roles,
    status: 'active' as Member['status'],
  });
  const check = (change: Partial<ContestFacts> = {}) =>
    checkContest({
      task: task({ status: 'mismatch', conclusions: [conclusion()] }),
      contributor: person('shop', ['merchant']),
      firstJudge: person('auditor'),
      judge: person('second'),
      callerId: 'shop',
      now: 6000,
      ...change,
    });

  it('is the contributor’s, in time, once', () => {
    expect(check().allowed).toBe(true);
    expect(refusal(check({ callerId: 'other' }))).toEqual(['FORBIDDEN', 'opening-contributor']);
    const late = check({ now: 6001 });
    expect(refusal(late)).toEqual(['INVALID_STATE', 'opening-contestable']);
    expect(sentences(late)).toContain('over');
    for (const wrong of [
      task({ status: 'agreed', conclusions: [conclusion({ outcome: 'agreed' })] }),
      task({ status: 'mismatch', conclusions: [conclusion(), conclusion()] }),
      task({ status: 'mismatch' }),
    ]) {
      const verdict = check({ task: wrong });
      expect(refusal(verdict)).toEqual(['INVALID_STATE', 'opening-contestable']);
      expect(sentences(verdict)).toContain('first mismatch');
    }
  });

  it('is judged by an active auditor or regulator of a third legal entity', () => {
    expect(check({ judge: person('second', ['regulator']) }).allowed).toBe(true);
    for (const judge of [
      person('second', ['operator']),
      { ...person('second'), status: 'suspended' as const },
    ]) {
      const verdict = check({ judge });
      expect(refusal(verdict)).toEqual(['FORBIDDEN', 'opening-judge']);
      expect(sentences(verdict)).toContain('active auditor or regulator');
    }
    for (const entity of ['auditor', 'shop']) {
      const verdict = check({ judge: person('second', ['auditor'], entity) });
      expect(refusal(verdict)).toEqual(['FORBIDDEN', 'opening-judge']);
      expect(sentences(verdict)).toContain('neither concluded nor contributed');
    }
  });
});
