import { expectTrace } from '../../../../test/fakes/expected-trace.js';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import {
  SAMPLE_NOW,
  sampleCandidate,
  sampleFacts,
  sampleId,
  sampleKey,
  sampleMember,
  sampleProduct,
  sampleRequest,
  type CandidateChanges,
} from '../../../../test/fakes/query-facts.js';
import { authorise } from './authorisation.js';
import type { CountedPlan, QueryFacts } from './query-facts.js';

const exact = { release: 'exact', epsilonMicro: 0 };
const cohortOf = (count: number, change: CandidateChanges = {}) =>
  Array.from({ length: count }, (_, index) => sampleCandidate(index + 1, change));
const traceOf = (change: Partial<QueryFacts>) => authorise(sampleFacts(change)).verdict.trace;
const linesOf = (change: Partial<QueryFacts>) =>
  refusalLines(authorise(sampleFacts(change)).verdict);
const asking = (change: Parameters<typeof sampleRequest>[0]) => ({
  request: sampleRequest(change),
});

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

describe('what an authorisation says for itself', () => {
  test('of a noisy request', () => {
    const facts = sampleFacts(asking({ groupBy: ['department'], where: { region: ['north'] } }));
    expectTrace(authorise(facts).verdict.trace, [
      [
        'members-active',
        'analyst and enough keyholders are active',
        { analyst: 'analyst-1', status: 'active', activeKeyholders: '3', needed: '2' },
      ],
      ['committee-key', 'key of the epoch is active', { keyId: sampleKey().keyId }],
      ['classification', 'general data', { classification: 'general', level: 'general' }],
      ['purpose', 'allows the purpose CommercialResearch', { purpose: 'CommercialResearch' }],
      ['epoch', 'epoch 2017-Q1 is one', { epoch: '2017-Q1', calendar: 'quarter' }],
      [
        'function',
        'answers sum',
        { function: 'sum', measures: 'sales', span: 'lane', release: 'noisy' },
      ],
      ['groups', 'are those of the product', { groupBy: 'department', where: 'region' }],
      ['consent-terms', '5 contributions come with a consent', { allowing: '5' }],
      [
        'cohort-size',
        '5 legal entities allow this use',
        { legalEntities: '5', contributions: '5', minCohort: '3', maxContributors: '8' },
      ],
      [
        'privacy-budget',
        '5 legal entities have enough privacy budget left',
        { epsilonMicro: '1000000', withoutBudget: '0', legalEntities: '5' },
      ],
      [
        'noise-room',
        'room for the noise',
        { release: 'noisy', epsilonMicro: '1000000', planes: '1', keyholders: '3' },
      ],
      [
        'exactness',
        'release is noisy',
        { release: 'noisy', allowingExact: '5', allowingNoisy: '5' },
      ],
      ['exact-cohort', 'No exact release has fixed the cohort', {}],
      ['group-size', 'noisy release may show small groups', { release: 'noisy' }],
      [
        'differencing',
        'No other release of the epoch has a cohort that differs in fewer than 3',
        { differencing: 'cohort', minCohort: '3', earlierPlans: '0' },
      ],
      ['result-key', 'new and can be sealed to', { resultKey: facts.request.resultKey }],
      ['price', 'price is 1000 minor units.', { price: '1000', maximumPrice: '5000' }],
      ['escrow', 'account holds the price', { needed: '1000' }],
    ]);
  });

  test('of an exact request after another', () => {
    const trace = traceOf({
      ...asking({ ...exact, groupBy: ['department', 'region'], where: {} }),
      countedPlans: [counted('exact', [1, 2, 3, 4, 5])],
      product: sampleProduct({ differencing: 'unit' }),
    });
    const found = (rule: string) => trace.filter((outcome) => outcome.rule === rule);
    expectTrace(found('groups'), [
      ['groups', 'those of the product', { groupBy: 'department,region', where: '' }],
    ]);
    expectTrace(found('noise-room'), [
      [
        'noise-room',
        'adds no noise',
        { release: 'exact', epsilonMicro: '0', planes: '1', keyholders: '3' },
      ],
    ]);
    expectTrace(found('exactness'), [
      [
        'exactness',
        'Every consent of the cohort allows exact release',
        { release: 'exact', allowingExact: '5', allowingNoisy: '5' },
      ],
    ]);
    expectTrace(found('exact-cohort'), [
      ['exact-cohort', 'that of the first exact release', { missing: '' }],
    ]);
    expectTrace(found('group-size'), [
      [
        'group-size',
        'declared by at least 3 legal entities',
        { release: 'exact', minCohort: '3', groups: '6' },
      ],
    ]);
    expectTrace(found('differencing'), [
      [
        'differencing',
        'protects privacy units only',
        { differencing: 'unit', minCohort: '3', earlierPlans: '1' },
      ],
    ]);
  });
});

describe('what a refused request is told', () => {
  test.each<[string, Partial<QueryFacts>, string]>([
    [
      'who is not active',
      { analyst: sampleMember('analyst-1', { roles: ['analyst'], status: 'suspended' }) },
      'members-active MEMBER_NOT_ACTIVE: The member analyst-1 is not active; the operator can',
    ],
    [
      'how many keyholders are needed',
      { activeKeyholders: 1 },
      'Only 1 keyholders are active members, and 2 are needed',
    ],
    [
      'that there is no key',
      { committeeKey: undefined },
      'committee-key KEY_NOT_ACTIVE: No committee key holds',
    ],
    [
      'that the key is retired',
      { committeeKey: sampleKey({ status: 'retired' }) },
      'committee-key KEY_NOT_ACTIVE: The committee key of this epoch has been retired',
    ],
    [
      'which purposes there are',
      asking({ purpose: 'ServiceOptimisation' }),
      'purpose PURPOSE_NOT_ALLOWED: The product allows only these purposes: CommercialResearch, Marketing.',
    ],
    [
      'that exact takes no ε',
      asking({ release: 'exact', epsilonMicro: 1 }),
      'function QUERY_INVALID: An exact release takes no ε',
    ],
    [
      'that noise takes ε',
      asking({ epsilonMicro: 0 }),
      'function QUERY_INVALID: A noisy release needs an ε above 0',
    ],
    [
      'what is not answered',
      { product: sampleProduct({ functions: ['count'] }) },
      'The product does not answer sum.',
    ],
    [
      'which plane is missing, of a measure',
      asking({ function: 'sum', measures: ['visits'], span: 'epoch' }),
      'The product has no plane sum(visits) of span epoch.',
    ],
    [
      'which plane is missing, of none',
      asking({ function: 'count', measures: [], span: 'epoch' }),
      'The product has no plane count of span epoch.',
    ],
    [
      'how many measures a function takes',
      asking({ function: 'ratio', measures: ['sales'] }),
      'The function ratio takes 2 measures, not 1.',
    ],
    [
      'that a ratio is of two',
      asking({ function: 'ratio', measures: ['sales', 'sales'] }),
      'A ratio is of two different measures.',
    ],
    [
      'which measure is unknown',
      asking({ measures: ['colour'] }),
      'The product has no measure colour.',
    ],
    [
      'which plane has no bounds',
      asking({ measures: ['weight'] }),
      'The plane sum(weight) has no bounds, so it is for exact release only.',
    ],
    [
      'which value is unknown',
      asking({ where: { region: ['moon'] } }),
      'The dimension region has no value moon.',
    ],
    [
      'which dimension is named twice',
      asking({ where: { region: ['north', 'north'] } }),
      'A value of the dimension region is named twice.',
    ],
    [
      'which dimension is unknown',
      asking({ groupBy: ['colour'] }),
      'The product has no dimension colour.',
    ],
    [
      'that it groups twice',
      asking({ groupBy: ['region', 'region'] }),
      'A dimension is grouped by twice.',
    ],
    [
      'how large a cohort is wanted',
      { candidates: cohortOf(2) },
      'cohort-size COHORT_TOO_SMALL: The product wants at least 3 legal entities that allow this use; there are 2.',
    ],
    [
      'how large a cohort may be',
      { candidates: cohortOf(9) },
      'cohort-size COHORT_TOO_LARGE: 9 contributions qualify, and the product is made for at most 8.',
    ],
    [
      'that no ε is left',
      { candidates: cohortOf(5, { spentMicro: 3_000_000 }) },
      'privacy-budget PRIVACY_BUDGET: Only 0 legal entities have ε 1 left, and 3 are needed; none is left in this epoch.',
    ],
    [
      'how few consents are exact',
      {
        ...asking(exact),
        candidates: [
          ...cohortOf(2),
          ...[3, 4, 5].map((one) => sampleCandidate(one, { consent: { release: 'noisy' } })),
        ],
      },
      'exactness EXACT_NOT_ALLOWED: Only 2 legal entities allow exact release, and 3 are needed; 5 would allow a noisy one.',
    ],
    [
      'that a cohort is fixed',
      { ...asking(exact), countedPlans: [counted('exact', [4, 5, 6, 7])] },
      'exact-cohort EXACT_COHORT_FIXED: The first exact release fixed the cohort of this epoch, and 2 of',
    ],
    [
      'whose cohort is too near',
      { countedPlans: [counted('noisy', [1, 2, 3, 4])] },
      `differencing DIFFERENCING: The cohort differs from that of query ${sampleId(0xfff)} in only 1 legal`,
    ],
    [
      'that a result key was used',
      { resultKeyUsed: true },
      'result-key RESULT_KEY_REUSED: The result key was used by another query',
    ],
    [
      'that a result key is weak',
      asking({ resultKey: '00'.repeat(32) }),
      'result-key QUERY_INVALID: The result key gives the same secret to everyone',
    ],
    [
      'how high the price is',
      asking({ maximumPrice: '999' }),
      'price PRICE_ABOVE_MAXIMUM: The price is 1000 minor units, above the maximum of 999.',
    ],
    [
      'how much money is missing',
      { spendable: 400n },
      'escrow INSUFFICIENT_FUNDS: The account lacks 600 minor units of the 1000 that are needed',
    ],
    [
      'how much of the maximum is missing, where the price is above it',
      { ...asking({ maximumPrice: '900' }), spendable: 899n },
      'escrow INSUFFICIENT_FUNDS: The account lacks 1 minor units of the 900 that are needed',
    ],
  ])('%s', (_what, change, words) => {
    expect(linesOf(change)).toContainEqual(expect.stringContaining(words));
  });

  test('which ε would pass: what the third of those who have most has left', () => {
    const spent = [2_900_000, 2_500_000, 2_800_000, 2_600_000, 2_950_000];
    const candidates = spent.map((spentMicro, index) => sampleCandidate(index + 1, { spentMicro }));
    expect(linesOf({ candidates })).toContainEqual(
      expect.stringContaining('an ε of 0.2 would leave enough of them'),
    );
  });

  test('which contributions are missing from a fixed cohort', () => {
    const trace = traceOf({ ...asking(exact), countedPlans: [counted('exact', [4, 5, 6, 7])] });
    expect(trace.find(({ rule }) => rule === 'exact-cohort')?.inputs).toEqual({
      missing: `${sampleId(6)},${sampleId(7)}`,
    });
  });

  test('how many consents were asked, and why they stay out', () => {
    const candidates = cohortOf(2, { consent: { purposes: ['Marketing'] } });
    const [outcome] = traceOf({ candidates }).filter(({ rule }) => rule === 'consent-terms');
    expect(outcome).toMatchObject({
      code: 'CONSENT_MISSING',
      sentence: expect.stringContaining(
        'Left out: 2 whose consent excludes the purpose.',
      ) as string,
      inputs: { allowing: '0', asked: '2', 'excluded:consent-purpose': '2' },
    });
  });

  test('which other query is too near, among how many', () => {
    const countedPlans = [counted('noisy', [1, 2, 3, 4, 5]), counted('noisy', [1, 2, 3, 4])];
    const outcome = traceOf({ countedPlans }).find(({ rule }) => rule === 'differencing');
    expect(outcome?.inputs).toEqual({
      differencing: 'cohort',
      minCohort: '3',
      earlierPlans: '2',
      query: sampleId(0xfff),
      legalEntities: '1',
    });
  });
});

describe('the boundaries of an authorisation', () => {
  test('exactly enough money, cohort and budget pass', () => {
    expect(linesOf({ spendable: 1000n })).toEqual([]);
    expect(linesOf({ candidates: cohortOf(3) })).toEqual([]);
    expect(linesOf({ candidates: cohortOf(8) })).toEqual([]);
    const spent = [2_000_000, 2_000_000, 2_000_000, 2_000_001];
    const candidates = spent.map((spentMicro, index) => sampleCandidate(index + 1, { spentMicro }));
    expect(linesOf({ candidates })).toEqual([]);
  });

  test('exactness is no reason where noise would not help either', () => {
    const candidates = [sampleCandidate(1), sampleCandidate(2, { consent: { release: 'noisy' } })];
    const lines = linesOf({ ...asking(exact), candidates });
    expect(lines.filter((line) => line.includes('EXACT_NOT_ALLOWED'))).toEqual([]);
    const third = sampleCandidate(3, { consent: { release: 'noisy' } });
    expect(linesOf({ ...asking(exact), candidates: [...candidates, third] })).toContainEqual(
      expect.stringContaining('EXACT_NOT_ALLOWED'),
    );
  });

  test('exactly as many exact consents as the product wants', () => {
    const noisy = { consent: { release: 'noisy' } };
    const candidates = [...cohortOf(3), sampleCandidate(4, noisy), sampleCandidate(5, noisy)];
    expect(linesOf({ ...asking(exact), candidates })).toEqual([]);
  });

  test('a noisy request is not bound to the cohort of an exact one', () => {
    const { plan } = authorise(
      sampleFacts({
        countedPlans: [counted('exact', [1, 2])],
        product: sampleProduct({ differencing: 'unit' }),
      }),
    );
    expect(plan?.cohort).toHaveLength(5);
  });

  test('a request without what it is about has a verdict all the same', () => {
    const unanswered = asking({ function: 'sum', measures: ['colour'], groupBy: ['colour'] });
    const rules = traceOf(unanswered).map(({ rule }) => rule);
    expect(rules).not.toContain('noise-room');
    expect(rules).not.toContain('group-size');
    expect(rules).toContain('differencing');
    const late = traceOf({ now: SAMPLE_NOW + 2_000_000 }).map(({ rule }) => rule);
    expect(late).not.toContain('group-size');
    expect(late).not.toContain('differencing');
  });
});
