import { createHash } from 'node:crypto';
import type { OpeningTask } from '@veilsum/protocol';
import fc from 'fast-check';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { chooseOpenings, rowsOfCells, type OpeningChoice } from './opening-choice.js';
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
  type ContestFacts,
  type OpeningCommitmentFacts,
  type OpeningRevealFacts,
} from './opening-rules.js';

const DAY_MS = 86_400_000;
/** End of the first quarter of 2026, UTC. */
const QUARTER_END = Date.UTC(2026, 3, 1);
const randomness = '7'.repeat(64);
const randomnessHash = createHash('sha256').update(Buffer.from(randomness, 'hex')).digest('hex');
const version = { openings: { contributions: 1 }, epochs: { calendar: 'quarter', graceDays: 14 } };
const statuses = ['due', 'named', 'answered', 'agreed', 'mismatch'] as const;

describe('the fixing of randomness', () => {
  const refused = (change: object) =>
    refusalLines(
      checkOpeningCommitment({
        epoch: '2026-Q1',
        versions: [version],
        contributions: [{ status: 'registered' }],
        hasOpening: false,
        ...change,
      } as unknown as OpeningCommitmentFacts),
    );

  it('is for a product that says so, in one of its versions', () => {
    const silent = { epochs: version.epochs };
    expect(refused({})).toEqual([]);
    expect(refused({ versions: [silent, version] })).toEqual([]);
    expect(refused({ versions: [silent] })).toEqual([
      expect.stringMatching(/^opening-agreed OPENINGS_NOT_AGREED: .*does not say/),
    ]);
  });

  it('is for an epoch of a version', () => {
    const monthly = { ...version, epochs: { calendar: 'month', graceDays: 0 } };
    expect(refused({ epoch: '2026-M01' })).toEqual([
      'opening-epoch INVALID_ARGUMENT: The product has no epoch 2026-M01.',
    ]);
    expect(refused({ epoch: '2026-M01', versions: [version, monthly] })).toEqual([]);
  });

  it('comes before anything is stored, once', () => {
    for (const status of ['stored', 'frozen']) {
      expect(refused({ contributions: [{ status: 'registered' }, { status }] })).toEqual([
        expect.stringMatching(/^opening-before OPENING_TOO_LATE: .*stored already/),
      ]);
    }
    expect(refused({ contributions: [{ status: 'withdrawn' }, { status: 'superseded' }] })).toEqual(
      [],
    );
    expect(refused({ hasOpening: true })).toEqual([
      'opening-single OPENING_STANDS: A legal entity opens a product and epoch once.',
    ]);
  });

  it('says which epoch it was about', () => {
    const { trace } = checkOpeningCommitment({
      epoch: '2026-Q1',
      versions: [],
      contributions: [],
      hasOpening: false,
    });
    const epoch = { epoch: '2026-Q1' };
    expect(trace.map(({ inputs }) => inputs)).toEqual([epoch, epoch, epoch, {}]);
  });
});

describe('the revealing', () => {
  const from = QUARTER_END + 14 * DAY_MS;
  const facts = (change: object = {}) =>
    ({
      opening: { auditorId: 'auditor', status: 'committed', epoch: '2026-Q1', randomnessHash },
      randomness,
      callerId: 'auditor',
      versions: [version],
      candidates: 1,
      now: from,
      ...change,
    }) as unknown as OpeningRevealFacts;
  const refused = (change: object) => refusalLines(checkOpeningReveal(facts(change)));

  it('is for who fixed it, of what was fixed, once', () => {
    const { opening } = facts();
    expect(refused({})).toEqual([]);
    expect(refused({ callerId: 'other' })).toEqual([
      'opening-auditor FORBIDDEN: This is for auditor, whose opening it is.',
    ]);
    expect(refused({ opening: { ...opening, status: 'revealed' } })).toEqual([
      'opening-status INVALID_STATE: The opening was revealed already.',
    ]);
    expect(refused({ randomness: '8'.repeat(64) })).toEqual([
      expect.stringMatching(/^opening-randomness OPENING_RANDOMNESS: .*randomness/),
    ]);
    expect(refused({ opening: { ...opening, randomnessHash: undefined } })).toHaveLength(1);
  });

  it('waits for the last day on which any version takes contributions', () => {
    expect(refused({ now: from - 1 })).toEqual([
      expect.stringMatching(/^opening-after DEADLINE_NOT_REACHED: .*are not over/),
    ]);
    const longer = { ...version, epochs: { calendar: 'quarter', graceDays: 15 } };
    const monthly = { ...version, epochs: { calendar: 'month', graceDays: 90 } };
    expect(refused({ versions: [longer, version] })).toHaveLength(1);
    expect(refused({ versions: [version, monthly] })).toEqual([]);
    expect(refused({ versions: [longer], now: from + DAY_MS })).toEqual([]);
  });

  it('needs something to open, and says what it looked at', () => {
    expect(refused({ candidates: 0 })).toEqual([
      'opening-candidates INVALID_STATE: There is no contribution that could be opened.',
    ]);
    expect(checkOpeningReveal(facts()).trace.map(({ inputs }) => inputs)).toEqual([
      {},
      {},
      {},
      { now: String(from), from: String(from) },
      { candidates: '1' },
    ]);
  });
});

describe('an answer', () => {
  const fitting = (check: (status: OpeningTask['status']) => boolean) =>
    statuses.filter(check).join(' ');

  it('is named by the contributor until the gateway holds it', () => {
    const answered = (status: OpeningTask['status'], callerId = 'shop') =>
      checkOpeningAnswer({ contributorId: 'shop' as never, status }, callerId);
    expect(fitting((status) => answered(status).allowed)).toBe('due named');
    expect(refusalLines(answered('agreed', 'other'))).toEqual([
      'opening-contributor FORBIDDEN: Only the contributor opens its contribution.',
      'opening-status INVALID_STATE: The answer is agreed.',
    ]);
    expect(answered('due').trace[1]?.inputs).toEqual({ status: 'due' });
  });

  it('is held by the gateway as it was named', () => {
    const delivered = (status: OpeningTask['status'], hash = randomness) =>
      checkDelivery({ status, answerHash: randomness as never }, hash);
    expect(fitting((status) => delivered(status).allowed)).toBe('named');
    expect(refusalLines(delivered('due', 'other'))).toEqual([
      'opening-status INVALID_STATE: The answer is due.',
      expect.stringMatching(/^opening-answer OPENING_ANSWER_HASH: .*contributor named/),
    ]);
    expect(delivered('named').trace[0]?.inputs).toEqual({ status: 'named' });
  });

  it('is concluded on by whom it was sealed to', () => {
    const concluded = (status: OpeningTask['status'], callerId = 'auditor') =>
      checkConclusion({ judgeId: 'auditor' as never, status }, callerId);
    expect(fitting((status) => concluded(status).allowed)).toBe('answered');
    expect(refusalLines(concluded('named', 'other'))).toEqual([
      'opening-auditor FORBIDDEN: This is for auditor, whose opening it is.',
      'opening-status INVALID_STATE: The answer is named.',
    ]);
    expect(concluded('answered').trace[1]?.inputs).toEqual({ status: 'answered' });
  });

  it('is due until it is held', () => {
    expect(fitting((status) => isOpeningDue({ status }))).toBe('due named');
  });

  it('was missed after its deadline, if nobody ever concluded on it', () => {
    const fault = (status: OpeningTask['status'], now: number, conclusions: unknown[] = []) =>
      missedOpeningFault({ status, deadline: 100, conclusions } as never, now);
    expect(fitting((status) => fault(status, 101) === undefined)).toBe('due named');
    expect(fault('due', 100)).toEqual({
      code: 'DEADLINE_NOT_REACHED',
      sentence: 'The opening can still be answered in time.',
    });
    const answered = { code: 'INVALID_STATE', sentence: 'The opening was answered.' };
    expect(fault('answered', 101)).toEqual(answered);
    expect(fault('due', 101, [{}])).toEqual(answered);
  });

  it('mismatches where its record says so', () => {
    expect(fitting((status) => mismatchFault({ status }) === undefined)).toBe('mismatch');
    expect(mismatchFault({ status: 'agreed' })).toEqual({
      code: 'INVALID_STATE',
      sentence: expect.stringContaining('No auditor has concluded') as string,
    });
  });
});

describe('a contest', () => {
  const person = (memberId: string, legalEntityId: string, roles = ['auditor']) => ({
    memberId,
    legalEntityId,
    roles,
    status: 'active',
  });
  const facts = (change: object = {}, task: object = {}) =>
    ({
      task: {
        contributorId: 'shop',
        status: 'mismatch',
        conclusions: [{ concludedAt: 1000 }],
        answerMs: 50,
        ...task,
      },
      contributor: person('shop', 'shop-group'),
      firstJudge: person('auditor', 'audit-group'),
      judge: person('regulator', 'state', ['regulator']),
      callerId: 'shop',
      now: 1050,
      ...change,
    }) as unknown as ContestFacts;
  const refused = (change: object, task: object = {}) =>
    refusalLines(checkContest(facts(change, task)));

  it('is for the contributor, once, of a first mismatch, soon', () => {
    expect(refused({})).toEqual([]);
    expect(refused({ callerId: 'other' })).toEqual([
      expect.stringMatching(/^opening-contributor FORBIDDEN/),
    ]);
    const first = 'opening-contestable INVALID_STATE: Only a first mismatch can be contested.';
    expect(refused({}, { status: 'agreed' })).toEqual([first]);
    expect(refused({}, { conclusions: [] })).toEqual([first]);
    expect(refused({}, { conclusions: [{ concludedAt: 1000 }, {}] })).toEqual([first]);
    expect(refused({ now: 1051 })).toEqual([
      'opening-contestable INVALID_STATE: The time to contest the mismatch is over.',
    ]);
  });

  it('is decided by an active auditor or regulator of a third legal entity', () => {
    expect(refused({ judge: person('second', 'second-group') })).toEqual([]);
    const unfit = expect.stringMatching(
      /^opening-judge FORBIDDEN: .*judgeId must name an active auditor or regulator/,
    ) as string;
    expect(refused({ judge: person('bank', 'bank-group', ['finance']) })).toEqual([unfit]);
    const suspended = { ...person('second', 'second-group'), status: 'suspended' };
    expect(refused({ judge: suspended })).toEqual([unfit]);
    for (const involved of ['audit-group', 'shop-group']) {
      expect(refused({ judge: person('second', involved) })).toEqual([
        expect.stringMatching(/^opening-judge FORBIDDEN: .*neither concluded nor contributed/),
      ]);
    }
    expect(checkContest(facts()).trace[2]?.inputs).toEqual({ judge: 'regulator' });
  });
});

describe('the choice of what is opened', () => {
  const hexId = (number: number) => number.toString(16).padStart(32, '0');
  const choice = (change: Partial<OpeningChoice> = {}): OpeningChoice => ({
    randomness,
    openingId: hexId(7),
    openings: { contributions: 2, cells: 3 } as never,
    candidates: [1, 2, 3, 4, 5].map((number) => ({
      contributionId: hexId(number) as never,
      coverage: [0, 4, 8],
    })),
    cells: 20,
    ...change,
  });

  /** As docs/protocol.md §9 has it, by Node's own hash. */
  function digest(tag: string, contributionId: string, counter?: number): Buffer {
    const hash = createHash('sha256').update(tag).update(Buffer.from(randomness, 'hex'));
    hash.update(Buffer.from(hexId(7), 'hex')).update(Buffer.from(contributionId, 'hex'));
    if (counter !== undefined) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(counter);
      hash.update(bytes);
    }
    return hash.digest();
  }

  /** One after the other, from the declared cells first and from all next, without those drawn already. */
  function drawn(
    contributionId: string,
    coverage: readonly number[],
    wanted: number,
    cells: number,
  ) {
    const found: number[] = [];
    for (let counter = 0; found.length < wanted; counter += 1) {
      const declared = found.length % 2 === 0 && coverage.some((cell) => !found.includes(cell));
      const pool = declared ? coverage : Array.from({ length: cells }, (_, cell) => cell);
      const value = digest('veilsum/v1/opening/cell', contributionId, counter).readBigUInt64BE();
      // The pools are small, so that what would be drawn again for fairness does not come about here.
      const cell = pool[Number(value % BigInt(pool.length))] ?? 0;
      if (!found.includes(cell)) found.push(cell);
    }
    return found.sort((left, right) => left - right);
  }

  it('takes the contributions with the lowest hashes, and of each the cells that hashes draw', () => {
    const ranked = choice()
      .candidates.map(({ contributionId }) => contributionId)
      .map((id) => [digest('veilsum/v1/opening/contribution', id).toString('hex'), id] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, id]) => id);
    const chosen = chooseOpenings(choice());
    expect(chosen.map(({ contributionId }) => contributionId)).toEqual(ranked.slice(0, 2));
    for (const { contributionId, cells } of chosen) {
      expect(cells).toEqual(drawn(contributionId, [0, 4, 8], 3, 20));
    }
  });

  it('draws as many different cells as there are, at most, for any coverage', () => {
    const cases = fc.record({
      cells: fc.integer({ min: 1, max: 12 }),
      wanted: fc.integer({ min: 1, max: 15 }),
      declared: fc.array(fc.integer({ min: 0, max: 11 })),
    });
    fc.assert(
      fc.property(cases, ({ cells, wanted, declared }) => {
        const coverage = [...new Set(declared.filter((cell) => cell < cells))].sort(
          (a, b) => a - b,
        );
        const contributionId = hexId(3) as never;
        const [chosen] = chooseOpenings(
          choice({
            cells,
            openings: { contributions: 1, cells: wanted } as never,
            candidates: [{ contributionId, coverage }],
          }),
        );
        expect(chosen?.cells).toEqual(
          drawn(contributionId, coverage, Math.min(wanted, cells), cells),
        );
      }),
    );
  });

  it('names the rows of the cells in order', () => {
    expect(rowsOfCells([2, 0], [1, 0], 3)).toEqual([0, 1, 6, 7]);
    expect(rowsOfCells([1], [2], 5)).toEqual([7]);
    expect(rowsOfCells([10, 2], [0], 1)).toEqual([2, 10]);
  });
});
