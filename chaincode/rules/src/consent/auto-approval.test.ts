import {
  autoApprovalRuleSchema,
  consentRequestSchema,
  type AutoApprovalRule,
  type ConsentRequest,
} from '@veilsum/protocol';
import { SAMPLE_NOW, sampleId, sampleMember } from '../../../../test/fakes/query-facts.js';
import { approveByRules, type AutoApprovalFacts } from './auto-approval.js';

const DAY_MS = 86_400_000;

const rule = (change: Partial<Record<keyof AutoApprovalRule, unknown>> = {}) =>
  autoApprovalRuleSchema.parse({
    ruleId: 'research',
    analystIds: ['acme'],
    analystRoles: [],
    productIds: ['weekly-sales'],
    purposes: ['CommercialResearch', 'Marketing'],
    functions: ['count', 'sum'],
    release: 'noisy',
    maxEpsilonPerEpochMicro: 1_000_000,
    maxUses: 5,
    maxDays: 10,
    minimumPrice: '200',
    minCohort: 6,
    ...change,
  });

/** A request that meets every limit of the rule to the last unit. */
function facts(
  change: Partial<Record<keyof ConsentRequest, unknown>> = {},
  rest: Partial<AutoApprovalFacts> = {},
): AutoApprovalFacts {
  return {
    request: consentRequestSchema.parse({
      format: 'veilsum-consent-request/1',
      requestId: sampleId(7),
      productId: 'weekly-sales',
      productVersion: 3,
      purposes: ['CommercialResearch'],
      functions: ['sum'],
      maxUses: 5,
      notAfter: SAMPLE_NOW + 10 * DAY_MS,
      release: 'noisy',
      epsilonPerEpochMicro: 1_000_000,
      offeredPrice: '200',
      text: 'Regional demand',
      analystId: 'acme',
      askedAt: SAMPLE_NOW - 1,
      status: 'open',
      ...change,
    }),
    analyst: sampleMember('acme', { roles: ['analyst'] }),
    product: { minCohort: 3 },
    now: SAMPLE_NOW,
    ...rest,
  };
}

/** What the only rule said no with. */
const reasons = (of: AutoApprovalFacts, by = rule()) => {
  const { terms, ruleId, trace } = approveByRules([by], of);
  expect([terms, ruleId]).toEqual([undefined, undefined]);
  return trace.flatMap(({ outcomes }) =>
    outcomes.flatMap(({ passed, rule: name, code, sentence }) =>
      passed ? [] : [[name, code, sentence]],
    ),
  );
};

describe('approveByRules', () => {
  it('grants what was asked for and no more, to who asked alone', () => {
    const { terms, ruleId, trace } = approveByRules([rule()], facts());
    expect(ruleId).toBe('research');
    expect(terms).toEqual({
      productId: 'weekly-sales',
      productVersion: 3,
      purposes: ['CommercialResearch'],
      functions: ['sum'],
      recipients: ['member:acme'],
      notBefore: SAMPLE_NOW,
      notAfter: SAMPLE_NOW + 10 * DAY_MS,
      maxUses: 5,
      minCohort: 6,
      release: 'noisy',
      epsilonPerEpochMicro: 1_000_000,
      minimumPricePerUse: '200',
      requestId: sampleId(7),
    });
    expect(trace[0]?.outcomes.map(({ rule: name, inputs }) => [name, inputs])).toEqual(
      [
        'open',
        'analyst',
        'product',
        'purposes',
        'functions',
        'release',
        'epsilon',
        'uses',
        'days',
        'price',
      ].map((name) => [`auto-approval-${name}`, { ruleId: 'research', requestId: sampleId(7) }]),
    );
  });

  it('demands the larger cohort of rule and product', () => {
    const of = facts({}, { product: { minCohort: 9 } });
    expect(approveByRules([rule()], of).terms?.minCohort).toBe(9);
  });

  it.each<[string, AutoApprovalFacts, string, RegExp]>([
    ['a request that was taken back', facts({ status: 'closed' }), 'open', /was taken back/],
    [
      'an analyst who is suspended',
      facts({}, { analyst: sampleMember('acme', { roles: ['analyst'], status: 'suspended' }) }),
      'open',
      /acme is not active/,
    ],
    ['a last moment that is now', facts({ notAfter: SAMPLE_NOW }), 'open', /last day has passed/],
    [
      'another analyst',
      facts({ analystId: 'bolt' }, { analyst: sampleMember('bolt', { roles: ['analyst'] }) }),
      'analyst',
      /bolt asks/,
    ],
    [
      'facts about somebody else than who asks',
      facts({ analystId: 'bolt' }),
      'analyst',
      /bolt asks/,
    ],
    ['another product', facts({ productId: 'traffic' }), 'product', /about traffic/],
    [
      'one purpose too many',
      facts({ purposes: ['Marketing', 'Advertising'] }),
      'purposes',
      /purpose Advertising/,
    ],
    ['another function', facts({ functions: ['sum', 'mean'] }), 'functions', /function mean/],
    ['exact release', facts({ release: 'exact' }), 'release', /exact release/],
    [
      'a millionth of ε too much',
      facts({ epsilonPerEpochMicro: 1_000_001 }),
      'epsilon',
      /ε 1\.000001 an epoch, above 1/,
    ],
    ['a use too many', facts({ maxUses: 6 }), 'uses', /6 uses, above 5/],
    [
      'a moment too long',
      facts({ notAfter: SAMPLE_NOW + 10 * DAY_MS + 1 }),
      'days',
      /longer than 10 days/,
    ],
    ['a unit too little', facts({ offeredPrice: '199' }), 'price', /199 minor units, below 200/],
  ])('leaves %s for a person', (_what, of, name, sentence) => {
    expect(reasons(of)).toEqual([
      [`auto-approval-${name}`, 'CONSENT_NOT_COVERING', expect.stringMatching(sentence)],
    ]);
  });

  it('knows analysts by their role too, and allows exact release where the rule does', () => {
    const byRole = rule({ analystIds: [], analystRoles: ['analyst'], release: 'exact' });
    expect(approveByRules([byRole], facts({ release: 'exact' })).terms?.release).toBe('exact');
    expect(approveByRules([byRole], facts()).terms?.release).toBe('noisy');
    expect(reasons(facts(), rule({ analystIds: [] }))).toHaveLength(1);
  });

  it('never joins two rules into one that allows more', () => {
    const dear = rule({ ruleId: 'dear', minimumPrice: '900', maxUses: 50 });
    const { terms, trace } = approveByRules([rule(), dear], facts({ maxUses: 20 }));
    expect(terms).toBeUndefined();
    expect(trace.map(({ ruleId }) => ruleId)).toEqual(['research', 'dear']);
    const second = approveByRules([dear, rule()], facts());
    expect(second.ruleId).toBe('research');
    expect(approveByRules([], facts())).toEqual({ terms: undefined, ruleId: undefined, trace: [] });
  });
});
