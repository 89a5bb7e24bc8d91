import { hashCanonicalJson } from '@veilsum/crypto';
import { queryIdSchema } from '@veilsum/protocol';
import {
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

const merchants = (count: number, change: CandidateChanges = {}) =>
  Array.from({ length: count }, (_, index) => sampleCandidate(index + 1, change));
const exact = { release: 'exact', epsilonMicro: 0 };

function counted(release: CountedPlan['release'], numbers: number[]): CountedPlan {
  return {
    queryId: queryIdSchema.parse(sampleId(0xfff)),
    release,
    cohort: numbers.map((number) => {
      const { contribution, contributor } = sampleCandidate(number);
      return {
        contributionId: contribution.contributionId,
        legalEntityId: contributor.legalEntityId,
      };
    }),
  };
}

/** Codes of the failed rules, in order. */
function refusals(change: Partial<QueryFacts>): (string | undefined)[] {
  const { verdict, plan } = authorise(sampleFacts(change));
  expect(plan === undefined).toBe(!verdict.allowed);
  return verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);
}

describe('authorise', () => {
  test('writes the plan of docs/protocol.md §6.1', () => {
    const facts = sampleFacts();
    const decision = authorise(facts);
    const { verdict, plan } = decision;
    expect(verdict.allowed).toBe(true);
    expect(plan).toEqual({
      analyst: 'analyst-1',
      authorisedAt: facts.now,
      cohort: [1, 2, 3, 4, 5].map(sampleId),
      epoch: '2017-Q1',
      epsilonMicro: 1_000_000,
      format: 'veilsum-plan/1',
      function: 'sum',
      groups: [
        { cells: [0, 1], key: { department: 'books' } },
        { cells: [2, 3], key: { department: 'food' } },
        { cells: [4, 5], key: { department: 'toys' } },
      ],
      keyId: sampleKey().keyId,
      layoutHash: sampleCandidate(1).contribution.layoutHash,
      planes: [{ epsilonMicro: 1_000_000, plane: 1, sensitivity: '4000' }],
      price: '1000',
      productId: 'weekly-sales',
      productVersion: 1,
      purpose: 'CommercialResearch',
      queryId: facts.request.queryId,
      release: 'noisy',
      resultKey: facts.request.resultKey,
      rulebookVersion: 0,
    });
    if (decision.plan === undefined) throw new Error('It was allowed.');
    expect(decision.planHash).toBe(hashCanonicalJson(plan));
    expect(decision.cohort).toHaveLength(5);
  });

  test('asks the rules in the order of docs/ledger.md', () => {
    const { verdict } = authorise(sampleFacts());
    expect(verdict.trace.map(({ rule }) => rule)).toEqual([
      'members-active',
      'committee-key',
      'classification',
      'purpose',
      'epoch',
      'function',
      'groups',
      'consent-terms',
      'cohort-size',
      'privacy-budget',
      'noise-room',
      'exactness',
      'exact-cohort',
      'group-size',
      'differencing',
      'result-key',
      'price',
      'escrow',
    ]);
  });

  test.each<[string, Partial<QueryFacts>, string[]]>([
    [
      'an analyst who is not active',
      { analyst: sampleMember('analyst-1', { roles: ['analyst'], status: 'suspended' }) },
      ['MEMBER_NOT_ACTIVE'],
    ],
    ['fewer than t active keyholders', { activeKeyholders: 1 }, ['MEMBER_NOT_ACTIVE']],
    ['a retired key', { committeeKey: sampleKey({ status: 'retired' }) }, ['KEY_NOT_ACTIVE']],
    ['core data', { product: sampleProduct({ classification: 'core' }) }, ['CLASSIFICATION_CORE']],
    [
      'important data',
      { product: sampleProduct({ classification: 'important' }) },
      ['REVIEW_REQUIRED'],
    ],
    [
      'an epoch of another calendar',
      { request: sampleRequest({ epoch: '2017' }) },
      ['INVALID_ARGUMENT'],
    ],
    [
      'an unknown measure',
      { request: sampleRequest({ measures: ['profit'] }) },
      ['FUNCTION_NOT_ALLOWED'],
    ],
    ['an unknown dimension', { request: sampleRequest({ groupBy: ['shop'] }) }, ['QUERY_INVALID']],
    ['noise without ε', { request: sampleRequest({ epsilonMicro: 0 }) }, ['QUERY_INVALID']],
    [
      'an exact release with ε',
      { request: sampleRequest({ release: 'exact', epsilonMicro: 1 }) },
      ['QUERY_INVALID'],
    ],
    ['two legal entities of three', { candidates: merchants(2) }, ['COHORT_TOO_SMALL']],
    ['nobody', { candidates: [] }, ['CONSENT_MISSING', 'COHORT_TOO_SMALL']],
    [
      'a crowd of shells',
      { candidates: merchants(5, { contributor: { legalEntityId: 'entity-one' } }) },
      ['COHORT_TOO_SMALL'],
    ],
    ['more contributions than the sizes allow', { candidates: merchants(9) }, ['COHORT_TOO_LARGE']],
    [
      'spent budgets',
      {
        candidates: [
          ...merchants(2),
          ...[3, 4, 5].map((n) => sampleCandidate(n, { spentMicro: 2_000_001 })),
        ],
      },
      ['PRIVACY_BUDGET'],
    ],
    [
      'an ε too small for the plane',
      { request: sampleRequest({ epsilonMicro: 1 }) },
      ['EPSILON_TOO_SMALL'],
    ],
    [
      'an exact release that too few allow',
      {
        request: sampleRequest(exact),
        candidates: [
          ...merchants(2),
          ...[3, 4, 5].map((n) => sampleCandidate(n, { consent: { release: 'noisy' } })),
        ],
      },
      ['COHORT_TOO_SMALL', 'EXACT_NOT_ALLOWED', 'GROUP_TOO_SMALL'],
    ],
    [
      'an exact cohort that one has left',
      {
        request: sampleRequest(exact),
        candidates: merchants(4),
        countedPlans: [counted('exact', [1, 2, 3, 4, 5])],
      },
      ['EXACT_COHORT_FIXED'],
    ],
    [
      'a thin cell in an exact release',
      {
        request: sampleRequest(exact),
        candidates: [
          ...merchants(2),
          ...[3, 4, 5].map((n) =>
            sampleCandidate(n, { contribution: { coverage: [0, 2, 3, 4, 5] } }),
          ),
        ],
      },
      ['GROUP_TOO_SMALL'],
    ],
    [
      'a cohort that differs by one from an earlier one',
      { candidates: merchants(4), countedPlans: [counted('noisy', [1, 2, 3, 4, 5])] },
      ['DIFFERENCING'],
    ],
    ['a result key that was used', { resultKeyUsed: true }, ['RESULT_KEY_REUSED']],
    [
      'a result key of low order',
      { request: sampleRequest({ resultKey: `01${'0'.repeat(62)}` }) },
      ['QUERY_INVALID'],
    ],
    [
      'a price above the maximum',
      { request: sampleRequest({ maximumPrice: '999' }) },
      ['PRICE_ABOVE_MAXIMUM'],
    ],
    ['an account that lacks one unit', { spendable: 999n }, ['INSUFFICIENT_FUNDS']],
  ])('refuses %s', (_name, change, codes) => {
    expect(refusals(change)).toEqual(codes);
  });

  test.each<[string, Partial<QueryFacts>]>([
    ['exactly t active keyholders', { activeKeyholders: 2 }],
    ['exactly the smallest cohort', { candidates: merchants(3) }],
    ['exactly the largest cohort', { candidates: merchants(8) }],
    [
      'a fixed exact cohort that is whole',
      {
        request: sampleRequest(exact),
        candidates: merchants(8),
        countedPlans: [counted('exact', [1, 2, 3, 4, 5])],
      },
    ],
    [
      'the cohort of an earlier noisy release',
      { countedPlans: [counted('noisy', [5, 4, 3, 2, 1])] },
    ],
    [
      'a cohort that differs by a few where noise protects units',
      {
        product: sampleProduct({ differencing: 'unit' }),
        candidates: merchants(4),
        countedPlans: [counted('noisy', [1, 2, 3, 4, 5])],
      },
    ],
    ['exactly the maximum price', { request: sampleRequest({ maximumPrice: '1000' }) }],
    ['exactly enough money', { spendable: 1000n }],
    [
      'a thin cell in a noisy release',
      { candidates: merchants(5, { contribution: { coverage: [] } }) },
    ],
  ])('allows %s', (_name, change) => {
    expect(refusals(change)).toEqual([]);
  });

  test('lists every rule that failed, not only the first', () => {
    expect(
      refusals({
        analyst: sampleMember('analyst-1', { roles: ['analyst'], status: 'left' }),
        committeeKey: undefined,
        product: sampleProduct({ classification: 'core' }),
        request: sampleRequest({ purpose: 'Advertising', groupBy: ['shop'], maximumPrice: '1' }),
        resultKeyUsed: true,
        spendable: 0n,
      }),
    ).toEqual([
      'MEMBER_NOT_ACTIVE',
      'KEY_NOT_ACTIVE',
      'CLASSIFICATION_CORE',
      'PURPOSE_NOT_ALLOWED',
      'QUERY_INVALID',
      'CONSENT_MISSING',
      'COHORT_TOO_SMALL',
      'RESULT_KEY_REUSED',
      'PRICE_ABOVE_MAXIMUM',
      'INSUFFICIENT_FUNDS',
    ]);
  });

  test('keeps the fixed cohort although more would do', () => {
    const { plan } = authorise(
      sampleFacts({
        request: sampleRequest(exact),
        candidates: merchants(8),
        countedPlans: [counted('exact', [2, 3, 4])],
      }),
    );
    expect(plan?.cohort).toEqual([2, 3, 4].map(sampleId));
  });

  test('leaves out those whose budget is spent, while enough remain', () => {
    const candidates = [...merchants(4), sampleCandidate(5, { spentMicro: 3_000_000 })];
    const { plan, verdict } = authorise(sampleFacts({ candidates }));
    expect(plan?.cohort).toHaveLength(4);
    const budget = verdict.trace.find(({ rule }) => rule === 'privacy-budget');
    expect(budget?.inputs).toMatchObject({ withoutBudget: '1', legalEntities: '4' });
  });

  test('says what ε would pass', () => {
    const candidates = [1, 2, 3].map((n) => sampleCandidate(n, { spentMicro: n * 900_000 }));
    const { verdict } = authorise(sampleFacts({ candidates }));
    const budget = verdict.trace.find(({ rule }) => rule === 'privacy-budget');
    expect(budget?.sentence).toContain('an ε of 0.3 would leave enough');
  });

  test('explains by reason and count who is left out', () => {
    const candidates = [
      ...merchants(3),
      sampleCandidate(4, { consent: { purposes: ['Marketing'] } }),
      sampleCandidate(5, { consent: { purposes: ['Marketing'] } }),
      sampleCandidate(6, { consent: { minCohort: 5 } }),
    ];
    const { verdict, plan } = authorise(sampleFacts({ candidates }));
    expect(plan?.cohort).toHaveLength(3);
    const terms = verdict.trace.find(({ rule }) => rule === 'consent-terms');
    expect(terms?.inputs).toEqual({
      allowing: '4',
      'excluded:consent-purpose': '2',
      'excluded:consent-cohort': '1',
    });
    expect(terms?.sentence).toBe(
      '4 contributions come with a consent that allows this use. Left out: 2 whose consent excludes the purpose; 1 whose consent wants a larger cohort.',
    );
  });

  test('names the thin cells of an exact release', () => {
    const { verdict } = authorise(
      sampleFacts({
        request: sampleRequest(exact),
        candidates: merchants(3).map((candidate, index) =>
          index === 0
            ? sampleCandidate(1, { contribution: { coverage: [0, 1, 2, 3] } })
            : candidate,
        ),
      }),
    );
    const groups = verdict.trace.find(({ rule }) => rule === 'group-size');
    expect(groups?.sentence).toContain('the group toys (2); toys/north (2); toys/south (2)');
    expect(groups?.inputs['thinCells']).toBe('4,5');
  });

  test('asks a price that covers the minima of the cohort', () => {
    const candidates = merchants(5, { consent: { minimumPricePerUse: '141' } });
    const { plan } = authorise(sampleFacts({ candidates }));
    // 5 · 141 = 705 of 70 % is 1007.14…
    expect(plan?.price).toBe('1008');
  });
});
