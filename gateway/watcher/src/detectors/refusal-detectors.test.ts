import { refusalOf } from '../../../../test/fakes/attempt-facts.js';
import { SAMPLE_NOW, sampleRequest } from '../../../../test/fakes/query-facts.js';
import {
  refusedQueries,
  samplePicture,
  watchedQuery,
} from '../../../../test/fakes/watcher/sample-picture.js';
import { defaultThresholds } from '../thresholds.js';
import { alertIdOf } from './finding.js';
import {
  detectRefusalBursts,
  detectRepeatedQuestions,
  questionShape,
} from './refusal-detectors.js';

const thresholds = {
  ...defaultThresholds,
  refusalBurst: { count: 3, withinMs: 1000 },
  repeatedQuestion: { count: 3, withinMs: 1000 },
};
const at = (now: number) => ({ now, thresholds });
const picture = (queries: ReturnType<typeof refusedQueries>) => samplePicture(0, { queries });

describe('a burst of refusals', () => {
  const times = [0, 500, 1000].map((ms) => SAMPLE_NOW + ms);

  it('is of one code, at the limit and not a millisecond later', () => {
    const found = detectRefusalBursts(
      picture(refusedQueries(times, ['PRIVACY_BUDGET'])),
      at(SAMPLE_NOW + 1000),
    );
    expect(found).toMatchObject([
      { subject: 'source:ledger/code:PRIVACY_BUDGET', period: `from ${SAMPLE_NOW}`, concerns: [] },
    ]);
    expect(found[0]).not.toHaveProperty('over');
    const late = [SAMPLE_NOW, SAMPLE_NOW + 500, SAMPLE_NOW + 1001];
    expect(
      detectRefusalBursts(picture(refusedQueries(late, ['PRIVACY_BUDGET'])), at(SAMPLE_NOW + 1001)),
    ).toEqual([]);
  });

  it('counts each code of a refusal once, and different codes apart', () => {
    const both = refusedQueries(times, ['PRIVACY_BUDGET', 'PRIVACY_BUDGET', 'COHORT_TOO_SMALL']);
    const found = detectRefusalBursts(picture(both), at(SAMPLE_NOW + 1000));
    expect(found.map(({ subject }) => subject).sort()).toEqual([
      'source:ledger/code:COHORT_TOO_SMALL',
      'source:ledger/code:PRIVACY_BUDGET',
    ]);
    expect(found[0]?.sentence).toContain('3 times');
    const mixed = times
      .map((time, index) => refusedQueries([time], [`CODE_${'ABC'[index] ?? ''}`]))
      .flat();
    expect(detectRefusalBursts(picture(mixed), at(SAMPLE_NOW + 1000))).toEqual([]);
  });

  it('is over when none has come for the time, and keeps its id', () => {
    const queries = refusedQueries(times, ['PRIVACY_BUDGET']);
    const [going] = detectRefusalBursts(picture(queries), at(SAMPLE_NOW + 2000));
    const [over] = detectRefusalBursts(picture(queries), at(SAMPLE_NOW + 2001));
    if (going === undefined || over === undefined) throw new Error('It was not found.');
    expect([going.over, over.over?.at]).toEqual([undefined, SAMPLE_NOW + 1000]);
    expect(alertIdOf(going)).toBe(alertIdOf(over));
  });

  it("counts keyholders' refusals apart from the ledger's", () => {
    const refusals = [1, 2, 3].map(refusalOf);
    const query = watchedQuery();
    const [first] = query.attempts;
    if (first === undefined) throw new Error('unreachable');
    const found = detectRefusalBursts(
      picture([{ ...query, attempts: [{ ...first, refusals }] }]),
      at(SAMPLE_NOW),
    );
    expect(found.map(({ subject }) => subject)).toEqual([
      'source:keyholders/code:AGGREGATE_MISMATCH',
    ]);
    expect(found[0]?.sentence).toMatch(/^Keyholders refused 3 times/);
  });
});

describe('an unusual repetition', () => {
  const asked = (times: readonly number[], change: object = {}) =>
    times.map((requestedAt) => watchedQuery({ requestedAt, ...change }));
  const times = [0, 400, 800].map((ms) => SAMPLE_NOW + ms);

  it('is one analyst, one shape, many times', () => {
    const found = detectRepeatedQuestions(
      samplePicture(0, { queries: asked(times) }),
      at(SAMPLE_NOW + 800),
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.subject).toMatch(/^member:analyst-1\/question:[0-9a-f]{16}$/);
    const fewer = samplePicture(0, { queries: asked(times.slice(1)) });
    expect(detectRepeatedQuestions(fewer, at(SAMPLE_NOW + 800))).toEqual([]);
  });

  it('is none of several analysts together', () => {
    const queries = times.map((requestedAt, index) =>
      watchedQuery({ requestedAt, analystId: `analyst-${index}` as never }),
    );
    expect(detectRepeatedQuestions(samplePicture(0, { queries }), at(SAMPLE_NOW + 800))).toEqual(
      [],
    );
  });

  it('sees through other filters, prices and ε, not through other questions', () => {
    const shape = questionShape(sampleRequest());
    expect(questionShape(sampleRequest({ where: { region: ['north'] } }))).toBe(shape);
    expect(questionShape(sampleRequest({ maximumPrice: '1', epsilonMicro: 5 }))).toBe(shape);
    expect(questionShape(sampleRequest({ groupBy: ['department', 'region'] }))).toBe(
      questionShape(sampleRequest({ groupBy: ['region', 'department'] })),
    );
    for (const other of [
      { epoch: '2017-Q2' },
      { function: 'mean' },
      { measures: ['visits'] },
      { groupBy: [] },
      { span: 'epoch' },
      { productId: 'other' },
    ]) {
      expect(questionShape(sampleRequest(other))).not.toBe(shape);
    }
  });
});
