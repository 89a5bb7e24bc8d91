import { expectTrace } from '../../../../test/fakes/expected-trace.js';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  SAMPLE_NOW,
  sampleCandidate,
  sampleFacts,
  sampleHash,
  sampleId,
  sampleKey,
  sampleMember,
  sampleProduct,
  sampleRequest,
  type CandidateChanges,
} from '../../../../test/fakes/query-facts.js';
import { authorise } from './authorisation.js';
import type { PlanFacts } from './plan-facts.js';
import { recheckPlan } from './plan-recheck.js';
import type { CountedPlan } from './query-facts.js';

const exact = { release: 'exact', epsilonMicro: 0 };

function planned(request: Parameters<typeof sampleRequest>[0] = {}): PlanFacts {
  const facts = sampleFacts({ request: sampleRequest(request) });
  const { plan } = authorise(facts);
  if (plan === undefined) throw new Error('The sample request is allowed.');
  return { ...facts, plan, cohort: facts.candidates };
}

const withTwo = (change: CandidateChanges) =>
  [1, 2, 3, 4, 5].map((number) => sampleCandidate(number, number < 3 ? change : {}));
const linesOf = (change: Partial<PlanFacts>, request?: Parameters<typeof sampleRequest>[0]) =>
  refusalLines(recheckPlan({ ...planned(request), ...change }));

function counted(release: CountedPlan['release'], numbers: readonly number[]): CountedPlan {
  const cohort = numbers.map((number) => {
    const { contribution, contributor } = sampleCandidate(number);
    return {
      contributionId: contribution.contributionId,
      legalEntityId: contributor.legalEntityId,
    };
  });
  return { queryId: sampleId(0xfff) as CountedPlan['queryId'], release, cohort };
}

describe('a plan that stands', () => {
  const standing = new Set([
    'plan-content',
    'contributions-stored',
    'contributors-active',
    'consents-given',
    'consents-in-date',
    'consents-covering',
    'cohort-size',
    'noise-room',
    'exact-cohort',
  ]);

  test('says so, rule by rule', () => {
    const { trace } = recheckPlan(planned());
    expectTrace(
      trace.filter(({ rule }) => standing.has(rule)),
      [
        ['plan-content', 'is what the rules make of its request', {}],
        ['contributions-stored', 'Every contribution of the cohort may be used', {}],
        ['contributors-active', 'Every contributor of the cohort is active', {}],
        ['consents-given', 'Every consent of the cohort still stands', {}],
        ['consents-in-date', 'within its dates', {}],
        ['consents-covering', 'Every consent of the cohort allows this use', {}],
        [
          'cohort-size',
          'cohort has 5 legal entities',
          { legalEntities: '5', demanded: '3', contributions: '5' },
        ],
        [
          'noise-room',
          'room for the noise',
          { release: 'noisy', epsilonMicro: '1000000', planes: '1', keyholders: '3' },
        ],
        ['exact-cohort', 'release is noisy', {}],
      ],
    );
    const others = [counted('exact', [1, 2, 3, 4, 5]), counted('noisy', [1, 2])];
    const { trace: ofExact } = recheckPlan({
      ...planned(exact),
      product: sampleProduct({ differencing: 'unit' }),
      countedPlans: others,
    });
    expect(ofExact.find(({ rule }) => rule === 'exact-cohort')).toMatchObject({
      passed: true,
      sentence: 'Every exact release of the epoch has this cohort.',
    });
  });
});

describe('a plan that no longer stands', () => {
  const other = sampleHash('other');

  test.each<[string, Partial<PlanFacts>, string]>([
    [
      'since contributions are gone',
      { cohort: withTwo({}).slice(1) },
      'contributions-stored COHORT_CHANGED: 1 contributions of the cohort may no longer be used',
    ],
    [
      'since another contribution came in',
      { cohort: [...withTwo({}), sampleCandidate(6)] },
      'contributions-stored COHORT_CHANGED: 1 contributions',
    ],
    [
      'since contributions were withdrawn',
      { cohort: withTwo({ contribution: { status: 'withdrawn' } }) },
      'contributions-stored COHORT_CHANGED: 4 contributions',
    ],
    [
      'since contributions are under another key',
      { cohort: withTwo({ contribution: { keyId: other } }) },
      'contributions-stored COHORT_CHANGED',
    ],
    [
      'since contributions have another layout',
      { cohort: withTwo({ contribution: { layoutHash: other } }) },
      'contributions-stored COHORT_CHANGED',
    ],
    [
      'since contributions are to another product',
      { cohort: withTwo({ contribution: { productId: 'others' } }) },
      'contributions-stored COHORT_CHANGED',
    ],
    [
      'since contributions are to another version',
      { cohort: withTwo({ contribution: { productVersion: 2 } }) },
      'contributions-stored COHORT_CHANGED',
    ],
    [
      'since contributions are to another epoch',
      { cohort: withTwo({ contribution: { epoch: '2017-Q2' } }) },
      'contributions-stored COHORT_CHANGED',
    ],
    [
      'since contributors are suspended',
      { cohort: withTwo({ contributor: { status: 'suspended' } }) },
      'contributors-active MEMBER_NOT_ACTIVE: 2 contributors of the cohort are not active members',
    ],
    [
      'since consents were withdrawn',
      { cohort: withTwo({ consent: { status: 'withdrawn' } }) },
      'consents-given CONSENT_WITHDRAWN: 2 consents of the cohort were withdrawn',
    ],
    [
      'since consents have expired',
      { cohort: withTwo({ consent: { notAfter: SAMPLE_NOW - 1 } }) },
      'consents-in-date CONSENT_EXPIRED: 2 consents of the cohort are outside their dates',
    ],
    [
      'since consents exclude the purpose',
      { cohort: withTwo({ consent: { purposes: ['Marketing'] } }) },
      'consents-covering CONSENT_NOT_COVERING: 2 consents of the cohort no longer allow this use',
    ],
    [
      'since consents exclude the function',
      { cohort: withTwo({ consent: { functions: ['count'] } }) },
      'consents-covering CONSENT_NOT_COVERING: 2 consents',
    ],
    [
      'since consents exclude the analyst',
      { cohort: withTwo({ consent: { recipients: ['member:acme'] } }) },
      'consents-covering CONSENT_NOT_COVERING: 2 consents',
    ],
    [
      'since a consent wants more legal entities',
      { cohort: withTwo({ consent: { minCohort: 6 } }) },
      'cohort-size COHORT_TOO_SMALL: The cohort has 5 legal entities, and 6 are demanded',
    ],
    [
      'since the product takes fewer contributions',
      { product: sampleProduct({ maxContributors: 4 }) },
      'cohort-size COHORT_TOO_LARGE: The cohort has 5 contributions, and the product is made for at most 4',
    ],
    [
      'since its key is gone',
      { committeeKey: undefined },
      'plan-content PLAN_MISMATCH: The plan is not what the rules make of its request',
    ],
    [
      'since it is of another key',
      { committeeKey: sampleKey({ keyId: other }) },
      'plan-content PLAN_MISMATCH',
    ],
    [
      'since it is of another product',
      { product: sampleProduct({ productId: 'others' }) },
      'plan-content PLAN_MISMATCH',
    ],
    [
      'since it is of another version',
      { product: sampleProduct({ version: 2 }) },
      'plan-content PLAN_MISMATCH',
    ],
    [
      'since it is of another analyst',
      { analyst: sampleMember('other', { roles: ['analyst'] }) },
      'plan-content PLAN_MISMATCH',
    ],
    [
      'since the product does not answer it',
      { product: sampleProduct({ functions: ['count'] }) },
      'plan-content PLAN_MISMATCH',
    ],
  ])('%s', (_why, change, words) => {
    expect(linesOf(change)).toContainEqual(expect.stringContaining(words));
  });

  test('since consents exclude exact release, or another exact release has another cohort', () => {
    const cohort = withTwo({ consent: { release: 'noisy' } });
    expect(linesOf({ cohort }, exact)).toEqual([
      expect.stringMatching(/^consents-covering CONSENT_NOT_COVERING: 2 consents/),
    ]);
    const product = sampleProduct({ differencing: 'unit' });
    for (const numbers of [
      [1, 2, 3, 4],
      [1, 2, 3, 4, 6],
      [1, 2, 3, 4, 5, 6],
    ]) {
      const countedPlans = [counted('exact', numbers), counted('exact', [1, 2, 3, 4, 5])];
      expect(linesOf({ product, countedPlans }, exact)).toEqual([
        expect.stringMatching(/^exact-cohort EXACT_COHORT_FIXED: 1 exact releases of the epoch/),
      ]);
      expect(linesOf({ product, countedPlans })).toEqual([]);
    }
  });

  test('names how many are at fault as an input', () => {
    const cohort = withTwo({ consent: { status: 'withdrawn' } });
    const { trace } = recheckPlan({ ...planned(), cohort });
    expect(trace.find(({ rule }) => rule === 'consents-given')?.inputs).toEqual({ faults: '2' });
    const without = recheckPlan({ ...planned(), committeeKey: undefined }).trace;
    expect(without.map(({ rule }) => rule)).not.toContain('noise-room');
  });

  test('stands with exactly as many as are demanded and taken', () => {
    const cohort = withTwo({ consent: { minCohort: 5 } });
    expect(linesOf({ cohort, product: sampleProduct({ maxContributors: 5 }) })).not.toContainEqual(
      expect.stringMatching(/^cohort-size/),
    );
    expect(linesOf({}, { maximumPrice: '1000' })).toEqual([]);
  });
});
