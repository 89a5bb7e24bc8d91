import type { NegativeMatch, Rulebook } from '@veilsum/protocol';
import {
  sampleFacts,
  sampleMember,
  sampleProduct,
  sampleRequest,
} from '../../../../test/fakes/query-facts.js';
import { REVIEW_MS, sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import { authorise } from '../query/authorisation.js';
import { quoteOf } from '../query/quotation.js';
import type { QueryFacts } from '../query/query-facts.js';
import { matchingEntries } from './negative-list.js';
import { requiredReviews } from './required-reviews.js';
import { durationText } from './use-rules.js';

const rulebook = sampleRulebook();
const terms = {
  scheme: undefined,
  foundingSplit: {
    contributorsBps: 7000,
    keyholdersBps: 1500,
    operatorBps: 1000,
    subsidyFundBps: 500,
  },
  agreedOpenings: new Set<never>(),
  outstandingCosts: new Map<never, never>(),
};

const use = {
  product: sampleProduct({ tags: ['sales', 'location'] }),
  request: sampleRequest(),
  analyst: sampleMember('analyst-1', { roles: ['analyst', 'platform'] }),
  groups: [{ cells: [0, 1] }, { cells: [2, 3, 4] }],
};

/** Whether an entry with this match is about the use. */
const isAbout = (match: NegativeMatch, change: Partial<typeof use> = {}) => {
  const [entry] = rulebook.negativeList;
  const list = { ...rulebook, negativeList: [{ ...entry, match }] } as Rulebook;
  return matchingEntries(list, { ...use, ...change }).length === 1;
};

const failures = (change: Partial<QueryFacts>) => {
  const { verdict } = authorise(sampleFacts(change));
  return verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);
};

describe('an entry of the negative list', () => {
  test.each<[string, NegativeMatch, NegativeMatch]>([
    ['level', { classifications: ['core', 'general'] }, { classifications: ['important'] }],
    ['tags', { tags: ['location', 'other'] }, { tags: ['other'] }],
    ['missing tags', { withoutTags: ['other'] }, { withoutTags: ['other', 'location'] }],
    [
      'product',
      { productIds: [use.product.productId] },
      { productIds: ['other' as typeof use.product.productId] },
    ],
    ['purpose', { purposes: ['Marketing', 'CommercialResearch'] }, { purposes: ['Marketing'] }],
    ['function', { functions: ['sum'] }, { functions: ['mean'] }],
    ['release', { releases: ['noisy'] }, { releases: ['exact'] }],
    ['recipient role', { recipientRoles: ['platform'] }, { recipientRoles: ['finance'] }],
    ['border', { crossBorder: false }, { crossBorder: true }],
    ['grain', { groupCellsBelow: 3 }, { groupCellsBelow: 2 }],
  ])('matches by %s', (_name, match, other) => {
    expect(isAbout(match)).toBe(true);
    expect(isAbout(other)).toBe(false);
    expect(isAbout({ ...match, functions: ['count'] })).toBe(false);
  });

  test('knows who is abroad', () => {
    const analyst = sampleMember('analyst-1', { mspId: 'AbroadMSP' });
    expect(isAbout({ crossBorder: true }, { analyst })).toBe(true);
    expect(isAbout({ crossBorder: false }, { analyst })).toBe(false);
  });

  test('sees the level that a tag gives', () => {
    const product = sampleProduct({ tags: ['state-secret'] });
    expect(isAbout({ classifications: ['core'] }, { product })).toBe(true);
    expect(isAbout({ classifications: ['general'] }, { product })).toBe(false);
  });
});

describe('authorise under a rulebook', () => {
  test('puts the version into the plan, and the level of the result beside it', () => {
    const decision = authorise(sampleFacts({ rulebook }));
    if (decision.plan === undefined) throw new Error('It was allowed.');
    expect(decision.plan.rulebookVersion).toBe(1);
    expect(decision.resultLevel).toBe('general');
    const outcome = decision.verdict.trace.find(({ rule }) => rule === 'rulebook');
    expect(outcome).toMatchObject({ passed: true, inputs: { rulebook: '1' } });
    expect(outcome?.sentence).toContain('No entry');
  });

  test('asks in the order of docs/ledger.md: denials, reviews, classification, audience', () => {
    const product = sampleProduct({
      tags: ['location', 'minors'],
      classification: 'important',
      audience: { roles: ['analyst'], members: [] },
    });
    const facts = sampleFacts({
      rulebook,
      product,
      request: sampleRequest({ purpose: 'Marketing' }),
    });
    const { trace } = authorise(facts).verdict;
    expect(trace.slice(2, 7).map(({ rule, passed, code }) => [rule, passed, code])).toEqual([
      ['rulebook', false, 'RULEBOOK_DENIED'],
      ['rulebook', true, undefined],
      ['classification', true, undefined],
      ['review', false, 'REVIEW_REQUIRED'],
      ['audience', true, undefined],
    ]);
    expect(trace[2]?.sentence).toBe(
      'Data on minors is not used for advertising; ask for research instead. (rulebook 1, entry no-minors-ads; Sample Act, Art. 1)',
    );
    expect(trace[2]?.inputs).toEqual({
      rulebook: '1',
      entryId: 'no-minors-ads',
      effect: 'deny',
      legalBasis: 'Sample Act, Art. 1',
    });
    expect(trace[5]?.inputs).toMatchObject({ entries: 'review-location', role: 'regulator' });
  });

  test('waits only when nothing else speaks against it', () => {
    const product = sampleProduct({ tags: ['location'] });
    const waiting = authorise(sampleFacts({ rulebook, product }));
    expect(waiting.plan).toBeUndefined();
    expect(waiting).toMatchObject({
      pending: {
        price: 1000n,
        reviews: [{ reviewPointId: 'regulator-desk', entryIds: ['review-location'] }],
      },
    });
    const poor = authorise(sampleFacts({ rulebook, product, spendable: 0n }));
    expect(poor).not.toHaveProperty('pending');
    expect(authorise(sampleFacts({ spendable: 0n }))).not.toHaveProperty('pending');
  });

  test('lets important data flow on the approval of that very point and role', () => {
    const product = sampleProduct({ classification: 'important' });
    const [point, other] = rulebook.reviewPoints;
    if (point === undefined || other === undefined) throw new Error('The sample has two.');
    const by = (approved: QueryFacts['approved']) => failures({ rulebook, product, approved });
    expect(by([])).toEqual(['REVIEW_REQUIRED']);
    expect(by([point])).toEqual([]);
    expect(by([{ ...point, role: 'operator' }])).toEqual(['REVIEW_REQUIRED']);
    expect(by([other])).toEqual(['REVIEW_REQUIRED']);
  });

  test('refuses important data for good while no rulebook says who reviews', () => {
    const product = sampleProduct({ classification: 'important' });
    const decision = authorise(sampleFacts({ product, approved: rulebook.reviewPoints }));
    expect(decision).not.toHaveProperty('pending');
    expect(failures({ product })).toEqual(['REVIEW_REQUIRED']);
  });

  test('refuses core data, also what a tag makes so', () => {
    const core = sampleProduct({ classification: 'core' });
    expect(failures({ product: core })).toEqual(['CLASSIFICATION_CORE']);
    const tagged = sampleProduct({ tags: ['state-secret'] });
    expect(failures({ product: tagged })).toEqual([]);
    expect(failures({ product: tagged, rulebook })).toEqual(['CLASSIFICATION_CORE']);
  });
});

describe('the audience of a product', () => {
  const audience = { roles: ['regulator'], members: ['analyst-1'] };
  const product = sampleProduct({ audience });

  test('is its roles and members', () => {
    expect(failures({ product })).toEqual([]);
    const regulator = sampleMember('bureau', { roles: ['analyst', 'regulator'] });
    const consents = sampleFacts().candidates;
    expect(failures({ product, analyst: regulator, candidates: consents })).toEqual([]);
  });

  test('is nobody else, who learns nothing more', () => {
    const analyst = sampleMember('analyst-2', { roles: ['analyst'] });
    const facts = sampleFacts({ product, analyst, spendable: 0n });
    const quote = quoteOf(facts, terms);
    expect(quote.verdict.trace.map(({ rule }) => rule)).toEqual([
      'members-active',
      'committee-key',
      'audience',
    ]);
    expect(quote.verdict.trace[2]).toMatchObject({ code: 'AUDIENCE_NOT_INCLUDED' });
    expect(quote.verdict.trace[2]?.sentence).toContain('regulator, analyst-1');
    expect(quote).toMatchObject({ cohort: [], cohortSize: 0, price: '0', groups: 0, blocks: 0 });
  });
});

describe('a quote under a rulebook', () => {
  test('tells who reviews and the level', () => {
    const product = sampleProduct({ tags: ['location'] });
    const quote = quoteOf(sampleFacts({ rulebook, product }), terms);
    expect(quote.resultLevel).toBe('general');
    expect(quote.reviews).toEqual([{ ...rulebook.reviewPoints[0], entryIds: ['review-location'] }]);
    const approved = rulebook.reviewPoints;
    expect(quoteOf(sampleFacts({ rulebook, product, approved }), terms)).not.toHaveProperty(
      'reviews',
    );
    expect(quoteOf(sampleFacts(), terms)).not.toHaveProperty('resultLevel');
  });
});

describe('the reviews that a use needs', () => {
  test('are each named once, with all entries that ask for it', () => {
    const [, location] = rulebook.negativeList;
    const twice = sampleRulebook({
      negativeList: [location, { ...location, entryId: 'review-again' }],
    });
    const product = sampleProduct({ tags: ['location'], classification: 'important' });
    expect(requiredReviews(twice, { ...use, product })).toEqual([
      { ...rulebook.reviewPoints[0], entryIds: ['review-location', 'review-again'] },
    ]);
    const plain = sampleProduct({ classification: 'important' });
    expect(requiredReviews(twice, { ...use, product: plain })).toEqual([
      { ...rulebook.reviewPoints[0], entryIds: [] },
    ]);
  });
});

test.each([
  [REVIEW_MS, '3 days'],
  [2 * 86_400_000, '2 days'],
  [2 * 86_400_000 - 1, '48 hours'],
  [3 * 86_400_000 + 1, '4 days'],
  [7_200_000, '2 hours'],
  [7_199_999, '120 minutes'],
  [120_000, '2 minutes'],
  [119_999, '120 seconds'],
  [1000, '1 seconds'],
])('%i ms are %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});
