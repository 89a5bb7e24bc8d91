import { queryIdSchema, type Plan } from '@veilsum/protocol';
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
import { sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import { authorise } from './authorisation.js';
import type { PlanFacts, PlannedContribution } from './plan-facts.js';
import { recheckPlan } from './plan-recheck.js';
import type { CountedPlan } from './query-facts.js';

function planFacts(request = sampleRequest(), change: Partial<PlanFacts> = {}): PlanFacts {
  const facts = sampleFacts({ request });
  const { plan } = authorise(facts);
  if (plan === undefined) throw new Error('The sample request is allowed.');
  return {
    now: facts.now + 1000,
    request,
    plan,
    analyst: facts.analyst,
    delegated: facts.delegated,
    product: facts.product,
    rulebook: facts.rulebook,
    approved: facts.approved,
    committeeKey: facts.committeeKey,
    activeKeyholders: 3,
    cohort: facts.candidates,
    countedPlans: [],
    ...change,
  };
}

/** The cohort of five with the second one changed. */
const withSecond = (change: CandidateChanges): PlannedContribution[] =>
  [1, 2, 3, 4, 5].map((number) => sampleCandidate(number, number === 2 ? change : {}));

function codes(facts: PlanFacts): (string | undefined)[] {
  const { allowed, trace } = recheckPlan(facts);
  const failures = trace.filter(({ passed }) => !passed).map(({ code }) => code);
  expect(allowed).toBe(failures.length === 0);
  return failures;
}

const exact = sampleRequest({ release: 'exact', epsilonMicro: 0 });

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

describe('recheckPlan', () => {
  test('lets an authorised plan stand', () => {
    expect(codes(planFacts())).toEqual([]);
    expect(codes(planFacts(exact))).toEqual([]);
  });

  test.each<[string, Partial<PlanFacts>, string]>([
    [
      'a withdrawn consent',
      { cohort: withSecond({ consent: { status: 'withdrawn' } }) },
      'CONSENT_WITHDRAWN',
    ],
    ['a consent that is gone', { cohort: withSecond({ consent: null }) }, 'CONSENT_WITHDRAWN'],
    ['a consent past its date', { now: SAMPLE_NOW + 1_000_001 }, 'CONSENT_EXPIRED'],
    ['a consent before its date', { now: SAMPLE_NOW - 1001 }, 'CONSENT_EXPIRED'],
    [
      'a consent amended to other purposes',
      { cohort: withSecond({ consent: { purposes: ['Marketing'] } }) },
      'CONSENT_NOT_COVERING',
    ],
    [
      'a consent amended to other recipients',
      { cohort: withSecond({ consent: { recipients: ['role:platform'] } }) },
      'CONSENT_NOT_COVERING',
    ],
    [
      'a consent amended to a larger cohort',
      { cohort: withSecond({ consent: { minCohort: 6 } }) },
      'COHORT_TOO_SMALL',
    ],
    [
      'a superseded contribution',
      { cohort: withSecond({ contribution: { status: 'superseded' } }) },
      'COHORT_CHANGED',
    ],
    [
      'a contribution under another layout',
      { cohort: withSecond({ contribution: { layoutHash: 'f'.repeat(64) } }) },
      'COHORT_CHANGED',
    ],
    [
      'a contributor who is suspended',
      { cohort: withSecond({ contributor: { status: 'suspended' } }) },
      'MEMBER_NOT_ACTIVE',
    ],
    ['too few active keyholders', { activeKeyholders: 1 }, 'MEMBER_NOT_ACTIVE'],
    [
      'an analyst who is suspended',
      { analyst: sampleMember('analyst-1', { roles: ['analyst'], status: 'suspended' }) },
      'MEMBER_NOT_ACTIVE',
    ],
    ['a retired key', { committeeKey: sampleKey({ status: 'retired' }) }, 'KEY_NOT_ACTIVE'],
    [
      'a product reclassified as important',
      { product: sampleProduct({ classification: 'important' }) },
      'REVIEW_REQUIRED',
    ],
    [
      'another plan whose cohort is narrowly different',
      { countedPlans: [counted('noisy', [1, 2, 3, 4])] },
      'DIFFERENCING',
    ],
  ])('stops at %s', (_name, change, code) => {
    expect(codes(planFacts(undefined, change))).toEqual([code]);
  });

  test('stands under the rulebook that was in force, with the approval that it takes', () => {
    const product = sampleProduct({
      tags: ['location'],
      audience: { roles: ['analyst'], members: [] },
    });
    const rulebook = sampleRulebook();
    const approved = rulebook.reviewPoints;
    const { plan } = authorise(sampleFacts({ product, rulebook, approved }));
    if (plan === undefined) throw new Error('It was approved.');
    const request = sampleRequest({ resultKey: plan.resultKey });
    const stops = (change: Partial<PlanFacts>) =>
      codes(planFacts(request, { plan, product, rulebook, approved, ...change }));
    expect(stops({})).toEqual([]);
    expect(stops({ approved: [] })).toEqual(['REVIEW_REQUIRED']);
    expect(stops({ rulebook: undefined })).toEqual(['PLAN_MISMATCH']);
    expect(stops({ rulebook: sampleRulebook({ version: 2 }) })).toEqual(['PLAN_MISMATCH']);
    const denying = sampleRulebook({
      negativeList: [{ ...rulebook.negativeList[0], match: { functions: ['sum'] } }],
    });
    expect(stops({ rulebook: denying, approved })).toEqual(['RULEBOOK_DENIED']);
    const outsider = sampleProduct({
      tags: ['location'],
      audience: { roles: [], members: ['other'] },
    });
    expect(stops({ product: outsider })).toEqual(['AUDIENCE_NOT_INCLUDED']);
    const merchant = sampleMember('analyst-1', { roles: ['merchant'] });
    expect(stops({ analyst: merchant })).toContain('AUDIENCE_NOT_INCLUDED');
  });

  test('stops an exact plan when another one has another cohort', () => {
    const changed = { countedPlans: [counted('exact', [1, 2])] };
    expect(codes(planFacts(exact, changed))).toEqual(['EXACT_COHORT_FIXED']);
    expect(codes(planFacts(exact, { countedPlans: [counted('exact', [5, 4, 3, 2, 1])] }))).toEqual(
      [],
    );
  });

  test('stops an exact plan over a thin cell', () => {
    const cohort = [1, 2, 3, 4, 5].map((number) =>
      sampleCandidate(number, {
        contribution: { coverage: number > 2 ? [0] : [0, 1, 2, 3, 4, 5] },
      }),
    );
    expect(codes(planFacts(exact, { cohort }))).toEqual(['GROUP_TOO_SMALL']);
  });

  test('stops when the ledger lacks a contribution of the plan, or has one more', () => {
    const { cohort } = planFacts();
    expect(codes(planFacts(undefined, { cohort: cohort.slice(1) }))).toEqual(['COHORT_CHANGED']);
    const more = { cohort: [...cohort, sampleCandidate(6)] };
    expect(codes(planFacts(undefined, more))).toEqual(['COHORT_CHANGED']);
  });

  test.each<[string, (plan: Plan) => Partial<Plan>]>([
    ['epsilonMicro', () => ({ epsilonMicro: 2_000_000 })],
    ['epoch', () => ({ epoch: '2017-Q2' })],
    ['function', () => ({ function: 'count' })],
    ['groups', ({ groups }) => ({ groups: groups.slice(1) })],
    [
      'planes',
      ({ planes }) => ({ planes: planes.map((plane) => ({ ...plane, sensitivity: '1' })) }),
    ],
    ['planes', ({ planes }) => ({ planes: planes.map((plane) => ({ ...plane, plane: 0 })) })],
    ['layoutHash', ({ planes }) => ({ layoutHash: 'f'.repeat(64) as Plan['layoutHash'], planes })],
    ['resultKey', () => ({ resultKey: 'f'.repeat(64) as Plan['resultKey'] })],
    ['queryId', () => ({ queryId: sampleId(1) as Plan['queryId'] })],
    ['price', () => ({ price: '5001' })],
    ['analyst', () => ({ analyst: 'analyst-2' as Plan['analyst'] })],
    ['rulebookVersion', () => ({ rulebookVersion: 1 })],
    ['cohort order', ({ cohort }) => ({ cohort: [...cohort].reverse() })],
  ])('finds a plan with another %s than its request makes', (_field, change) => {
    const facts = planFacts();
    const changed = { ...facts, plan: { ...facts.plan, ...change(facts.plan) } };
    expect(codes(changed)).toContain('PLAN_MISMATCH');
  });

  test('lists every rule that failed', () => {
    const facts = planFacts(undefined, {
      now: SAMPLE_NOW + 1_000_001,
      cohort: withSecond({ consent: { status: 'withdrawn' }, contribution: { status: 'frozen' } }),
      activeKeyholders: 0,
    });
    expect(codes(facts)).toEqual([
      'MEMBER_NOT_ACTIVE',
      'COHORT_CHANGED',
      'CONSENT_WITHDRAWN',
      'CONSENT_EXPIRED',
    ]);
  });
});
