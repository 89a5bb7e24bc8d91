import { hexToBytes, sha256Hex } from '@veilsum/crypto';
import { consultation, frozenRewards, incidents, openings } from './oversight-rules.js';
import { NOW, found, type Write } from './testing/audited-writes.js';

const incident = (change: object = {}): Write => [
  ['incident', 'shop', 'i'],
  {
    incidentId: 'i',
    kind: 'late-contribution',
    memberId: 'shop',
    openedAt: 1,
    rulebookVersion: 1,
    rectifyUntil: NOW,
    measures: ['freeze-rewards'],
    status: 'open',
    ...change,
  },
];

describe('the audit of oversight', () => {
  it('leaves the time of grace, and the order of states', () => {
    const rule = (now: object, when: [string?, number?] = [], earlier: Write[] = [incident()]) =>
      found(incidents, earlier, [incident(now)], when).join(' ');
    expect(rule({ status: 'rectified' })).toBe('');
    expect(rule({ status: 'escalated' }, ['x', NOW + 1])).toBe('');
    expect(rule({ status: 'escalated' }, [], [])).toBe('');
    expect(rule({ status: 'escalated' })).toMatch(/before its time of grace was over/);
    expect(rule({ memberId: 'chain' })).toMatch(/something else/);
    expect(rule({ status: 'open' }, [], [incident({ status: 'closed' })])).toMatch(
      /closed to open/,
    );
    expect(found(incidents, [incident()], [[['incident', 'shop', 'i'], null]])).toHaveLength(1);
  });

  it('keeps frozen rewards', () => {
    const frozen = [incident({ status: 'escalated' })];
    const pay = (kind: string, debit: string, credit: string): Write => [
      ['journal', 'j'],
      { kind, debit, credit, amount: '3' },
    ];
    const rule = (now: Write[], earlier = frozen) => found(frozenRewards, earlier, now).join(' ');
    const earned = pay('contributor-coverage', 'escrow:q', 'member:shop');
    expect(rule([earned])).toMatch(/member:shop was paid 3 while/);
    expect(rule([earned], [incident()])).toBe('');
    expect(rule([pay('contributor-coverage', 'escrow:q', 'frozen:shop')])).toBe('');
    expect(rule([pay('refund', 'escrow:q', 'member:shop')])).toBe('');
    const release = pay('reward-release', 'frozen:shop', 'member:shop');
    expect(rule([release])).toMatch(/paid out while/);
    expect(rule([release, incident({ status: 'closed' })])).toBe('');
  });

  it('holds openings to their commitment', () => {
    const randomness = 'ab'.repeat(32);
    const opening = (change: object = {}): Write => [
      ['opening', 'o'],
      {
        openingId: 'o',
        auditorId: 'auditor',
        cause: 'random',
        status: 'committed',
        randomnessHash: sha256Hex(hexToBytes(randomness)),
        ...change,
      },
    ];
    const rule = (now: object, earlier = [opening()]) =>
      found(openings, earlier, [opening(now)]).join(' ');
    const revealed = { status: 'revealed', randomness };
    expect(rule(revealed)).toBe('');
    expect(rule({}, [])).toBe('');
    expect(rule({ ...revealed, randomness: 'cd'.repeat(32) })).toMatch(/another randomness/);
    expect(rule({ ...revealed, randomnessHash: 'x' })).toMatch(
      /another randomness.*another commitment/,
    );
    expect(rule(revealed, [])).toMatch(/without a commitment/);
    expect(rule({ auditorId: 'shop' }, [])).toMatch(/of no auditor/);
    const removed = found(openings, [opening()], [[['opening', 'o'], null]]);
    expect(removed).toHaveLength(1);
  });

  it('keeps what was asked and answered', () => {
    const answer = (answererId: string): Write => [
      ['answer', 'q', '1'],
      { questionId: 'q', answererId },
    ];
    expect(found(consultation, [], [answer('operator')])).toEqual([]);
    expect(found(consultation, [], [answer('regulator')])).toEqual([]);
    expect(found(consultation, [], [answer('shop')]).join()).toMatch(/answered by shop/);
    expect(found(consultation, [answer('operator')], [answer('operator')])).toHaveLength(1);
    const question: Write = [['question', 'q'], {}];
    expect(found(consultation, [], [question])).toEqual([]);
    expect(found(consultation, [question], [question])).toHaveLength(1);
  });
});
