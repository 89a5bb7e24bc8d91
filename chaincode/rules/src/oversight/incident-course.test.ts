import type { Incident, IncidentVote } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  checkDecision,
  checkEscalation,
  checkRectification,
  closedBy,
  isSameDecision,
  rectified,
  type DecisionFacts,
} from './incident-course.js';

const UNTIL = 1_000_000;
const open = { status: 'open', rectifyUntil: UNTIL } as const;

describe('an incident closes because it was mended', () => {
  const refused = (
    change: Partial<Pick<Incident, 'status' | 'rectifyUntil'>>,
    { mended = true, now = UNTIL } = {},
  ) => refusalLines(checkRectification({ ...open, ...change }, { mended, now }));

  it('within its time of grace, to the last moment', () => {
    expect(refused({})).toEqual([]);
    expect(refused({}, { now: UNTIL + 1 })).toEqual([
      'incident-grace INVALID_STATE: The time of grace of the incident is over.',
    ]);
  });

  it('and not because somebody says so', () => {
    expect(refused({}, { mended: false })).toEqual([
      expect.stringMatching(/^incident-mended INCIDENT_NOT_MENDED: .*does not show yet/),
    ]);
  });

  it.each(['rectified', 'escalated', 'closed'] as const)('unless it is %s', (status) => {
    expect(refused({ status })).toEqual([
      `incident-status INVALID_STATE: The incident is ${status}; this needs one that is open.`,
    ]);
  });

  it('with what it was held against', () => {
    const { trace } = checkRectification(open, { mended: true, now: UNTIL });
    expect(trace.map(({ inputs }) => inputs)).toEqual([
      { status: 'open' },
      { rectifyUntil: String(UNTIL), now: String(UNTIL) },
      {},
    ]);
    expect(rectified({ ...open } as Incident, 7)).toEqual({
      ...open,
      status: 'rectified',
      rectifiedAt: 7,
    });
  });
});

describe('an incident escalates', () => {
  const refused = (change: Partial<Pick<Incident, 'status' | 'rectifyUntil'>>, now = UNTIL + 1) =>
    refusalLines(checkEscalation({ ...open, ...change }, now));

  it('after its time of grace, and not at its last moment', () => {
    expect(refused({})).toEqual([]);
    expect(refused({}, UNTIL)).toEqual([
      'incident-grace DEADLINE_NOT_REACHED: The time of grace of the incident has not ended yet.',
    ]);
  });

  it('if it is open and had such a time', () => {
    for (const status of ['rectified', 'escalated', 'closed'] as const) {
      expect(refused({ status })).toEqual([
        `incident-status INVALID_STATE: The incident is ${status}; this needs one that is open with a time of grace.`,
      ]);
    }
    expect(refused({ rectifyUntil: 0 })).toHaveLength(1);
    expect(refused({ rectifyUntil: 1 })).toEqual([]);
  });

  it('with what it was held against', () => {
    const { trace } = checkEscalation(open, 5);
    expect(trace.map(({ inputs }) => inputs)).toEqual([
      { status: 'open' },
      { rectifyUntil: String(UNTIL), now: '5' },
    ]);
  });
});

describe('a decision on an incident', () => {
  const person = (memberId: string, legalEntityId: string) =>
    ({ memberId, legalEntityId }) as DecisionFacts['caller'];
  const facts = (change: Partial<DecisionFacts> = {}): DecisionFacts => ({
    incident: { status: 'escalated' },
    action: 'penalise',
    amount: 10n,
    caller: person('operator', 'association'),
    accused: person('shop', 'shop-group'),
    frozen: 10n,
    ...change,
  });
  const refused = (change: Partial<DecisionFacts>) => refusalLines(checkDecision(facts(change)));

  it('takes all that is frozen, and no more', () => {
    expect(refused({})).toEqual([]);
    expect(refused({ amount: 11n })).toEqual([
      "incident-amount INSUFFICIENT_FUNDS: Of the member's rewards 10 minor units are frozen; a penalty takes no more.",
    ]);
  });

  it('is for nobody of the legal entity that is accused', () => {
    expect(refused({ caller: person('operator', 'shop-group') })).toEqual([
      'incident-judge FORBIDDEN: Nobody decides on an incident of the own legal entity.',
    ]);
    expect(refused({ accused: undefined })).toEqual([]);
  });

  it.each<[DecisionFacts['action'], string]>([
    ['penalise', 'escalated'],
    ['lift', 'escalated'],
    ['close', 'open escalated'],
  ])('to %s is for one that is %s', (action, wanted) => {
    const statuses = ['open', 'rectified', 'escalated', 'closed'] as const;
    const fitting = statuses.filter(
      (status) => refused({ action, incident: { status } }).length === 0,
    );
    expect(fitting.join(' ')).toBe(wanted);
    expect(refused({ action, incident: { status: 'closed' } })).toEqual([
      `incident-status INVALID_STATE: The incident is closed; this needs one that is ${wanted.replace(' ', ' or ')}.`,
    ]);
  });

  it('says what it was held against', () => {
    expect(checkDecision(facts()).trace.map(({ inputs }) => inputs)).toEqual([
      { judge: 'operator' },
      { status: 'escalated', action: 'penalise' },
      { amount: '10', frozen: '10' },
    ]);
  });

  it('ends the incident, each with a word of its own', () => {
    const end = (action: DecisionFacts['action']) => closedBy({ ...open } as Incident, action, 9);
    expect(end('penalise')).toEqual({
      ...open,
      status: 'closed',
      outcome: 'penalised',
      closedAt: 9,
    });
    expect(end('lift').outcome).toBe('lifted');
    expect(end('close').outcome).toBe('closed');
  });
});

describe('two decisions', () => {
  const vote = (change: Partial<IncidentVote> = {}) =>
    ({
      role: 'operator',
      action: 'penalise',
      amount: '5',
      status: 'escalated',
      ...change,
    }) as IncidentVote;
  const other = vote({ role: 'regulator' });

  it('are one by the other role, of another legal entity, about the same', () => {
    expect(isSameDecision(vote(), other, false)).toBe(true);
    expect(isSameDecision(vote(), other, true)).toBe(false);
    expect(isSameDecision(vote(), vote(), false)).toBe(false);
    expect(isSameDecision(vote({ action: 'lift' }), other, false)).toBe(false);
    expect(isSameDecision(vote({ amount: '6' }), other, false)).toBe(false);
    expect(isSameDecision(vote({ status: 'open' }), other, false)).toBe(false);
  });
});
