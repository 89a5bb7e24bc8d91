import { goalSchema, type Goal, type QueryId } from '@veilsum/protocol';
import { sampleId, sampleProduct, sampleRequest } from '../../../../test/fakes/query-facts.js';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { fraction } from '../settlement/fraction.js';
import { checkGoal, goalAskedFor, goalOutcome } from './goal-rules.js';

const number = (numerator: number, denominator = 1) => ({
  numerator: String(numerator),
  denominator: String(denominator),
});
const goal = (change: Partial<Record<keyof Goal, unknown>> = {}): Goal =>
  goalSchema.parse({
    format: 'veilsum-goal/1',
    goalId: sampleId(5),
    title: 'More',
    scenario: 'Stock is placed ahead.',
    statistic: {
      productId: 'weekly-sales',
      productVersion: 1,
      epoch: '2017-Q1',
      function: 'sum',
      measures: ['sales'],
      group: { region: 'north' },
      release: 'exact',
    },
    baseline: number(80, 100),
    target: number(90, 100),
    deadline: 1000,
    ownerId: 'market',
    setAt: 1,
    ...change,
  });
const queryId = sampleId(6) as QueryId;
const outcome = (of: Goal, numerator: bigint, denominator = 100n, at = 1000) =>
  goalOutcome(of, { queryId, value: fraction(numerator, denominator), at });

describe('checkGoal', () => {
  const codes = (of: Goal, now = 999) =>
    checkGoal(of, { product: sampleProduct(), now }).trace.map(({ code }) => code);

  it('takes a figure that can be measured, some way to go, and time', () => {
    expect(codes(goal())).toEqual([undefined, undefined, undefined]);
    expect(codes(goal({ target: number(8, 10) }))).toEqual([
      undefined,
      'INVALID_ARGUMENT',
      undefined,
    ]);
    expect(codes(goal(), 1000)).toEqual([undefined, undefined, 'INVALID_ARGUMENT']);
    const measures = ['weather'];
    const unknown = goal({ statistic: { ...goal().statistic, measures } });
    expect(codes(unknown)).toEqual(['STATISTIC_INVALID', undefined, undefined]);
  });
});

describe('goalAskedFor', () => {
  const request = sampleRequest({
    span: 'epoch',
    release: 'exact',
    epsilonMicro: 0,
    goalId: sampleId(5),
  });

  it('wants the very statistic', () => {
    expect(goalAskedFor(request, goal())).toMatchObject({ passed: true, rule: 'goal-asked-for' });
    expect(goalAskedFor({ ...request, epoch: '2017-Q2' }, goal())).toMatchObject({
      passed: false,
      code: 'GOAL_MISMATCH',
      sentence: expect.stringMatching(
        /about the sum of weekly-sales@1 in 2017-Q1, not about this request/,
      ) as unknown,
    });
  });

  it('wants a goal that is there', () => {
    expect(goalAskedFor(request, undefined)).toMatchObject({ passed: false, code: 'NOT_FOUND' });
  });
});

describe('goalOutcome', () => {
  it.each<[bigint, string, boolean]>([
    [80n, '0', false],
    [85n, '5000', false],
    [90n, '10000', true],
    [95n, '15000', true],
    [79n, '-1000', false],
  ])('of %i %% on the way from 80 to 90 %%', (percent, attainmentBps, met) => {
    expect(outcome(goal(), percent)).toMatchObject({ attainmentBps, met, goalId: sampleId(5) });
  });

  it('rounds down, away from the goal as well', () => {
    expect(outcome(goal(), 899_999n, 1_000_000n)).toMatchObject({
      attainmentBps: '9999',
      met: false,
    });
    expect(outcome(goal(), 799_999n, 1_000_000n).attainmentBps).toBe('-1');
  });

  it('goes downwards too', () => {
    const less = goal({ baseline: number(20), target: number(10) });
    expect(outcome(less, 15n, 1n)).toMatchObject({ attainmentBps: '5000', met: false });
    expect(outcome(less, 10n, 1n)).toMatchObject({ attainmentBps: '10000', met: true });
    expect(outcome(less, 21n, 1n).attainmentBps).toBe('-1000');
  });

  it('is in time until its deadline', () => {
    expect(outcome(goal(), 90n, 100n, 1000)).toMatchObject({ inTime: true, at: 1000, queryId });
    expect(outcome(goal(), 90n, 100n, 1001).inTime).toBe(false);
    expect(outcome(goal(), 90n, 100n).value).toEqual(number(9, 10));
  });
});

describe('what a refused goal is told', () => {
  it('names the rule, the field and the goal', () => {
    const unknown = goal({
      statistic: { ...goal().statistic, measures: ['weather'] },
      target: number(8, 10),
    });
    const verdict = checkGoal(unknown, { product: sampleProduct(), now: 1000 });
    expect(refusalLines(verdict)).toEqual([
      expect.stringMatching(/^goal-statistic STATISTIC_INVALID: /),
      'goal-target INVALID_ARGUMENT: The field target must differ from the baseline.',
      'goal-deadline INVALID_ARGUMENT: The field deadline is in the past.',
    ]);
    for (const { inputs } of verdict.trace) expect(inputs).toEqual({ goalId: sampleId(5) });
  });

  it('and a request that names one it is not about', () => {
    const request = sampleRequest({ goalId: sampleId(5) });
    const missing = goalAskedFor(request, undefined);
    expect(missing).toMatchObject({
      rule: 'goal-asked-for',
      code: 'NOT_FOUND',
      sentence: expect.stringContaining(`no goal ${sampleId(5)}`) as string,
      inputs: { goalId: sampleId(5) },
    });
    const another = goalAskedFor(request, goal());
    expect(another).toMatchObject({ code: 'GOAL_MISMATCH', inputs: { goalId: sampleId(5) } });
  });
});

describe('a goal downwards', () => {
  const down = goal({ baseline: number(80, 100), target: number(60, 100) });

  it('is attained as far as the value has come down, rounded down', () => {
    expect(outcome(down, 60n)).toMatchObject({ attainmentBps: '10000', met: true });
    expect(outcome(down, 70n)).toMatchObject({ attainmentBps: '5000', met: false });
    expect(outcome(down, 90n)).toMatchObject({ attainmentBps: '-5000', met: false });
    expect(outcome(down, 60_001n, 100_000n)).toMatchObject({ attainmentBps: '9999', met: false });
  });
});
