import { VeilsumError, type QueryRecord, type ReviewArgument } from '@veilsum/protocol';
import { samplePlannedQuery } from '../../../../test/fakes/attempt-facts.js';
import { sampleFacts, sampleMember, sampleProduct } from '../../../../test/fakes/query-facts.js';
import { REVIEW_MS, sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import { authorise } from '../query/authorisation.js';
import {
  decideReview,
  lapseReview,
  openReview,
  requireReview,
  verdictAfterReview,
  type ReviewFacts,
} from './query-review.js';
import { approvedReviews, type RequiredReview } from './required-reviews.js';

const rulebook = sampleRulebook();
const product = sampleProduct({ tags: ['location'] });
const desk = (index: number): RequiredReview => {
  const point = rulebook.reviewPoints[index];
  if (point === undefined) throw new Error('The sample has two.');
  return { ...point, entryIds: [] };
};
const regulatorDesk = desk(0);
const operatorDesk = desk(1);

const bureau = sampleMember('bureau', { roles: ['regulator'] });
const approve = { decision: 'approve', reason: 'Fine.' } as const;
const stop = { decision: 'stop', reason: 'Too fine.' } as const;

function facts(change: Partial<ReviewFacts> = {}, points = [regulatorDesk]): ReviewFacts {
  const record: QueryRecord = {
    ...samplePlannedQuery(),
    status: 'reviewing',
    review: openReview(points, 1000),
  };
  return {
    query: requireReview(record),
    reviewer: bureau,
    interested: [sampleMember('analyst-1')],
    now: 1000,
    ...change,
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof VeilsumError) return error.code;
    throw error;
  }
  return 'none';
}
const refusal = (
  change: Partial<ReviewFacts>,
  argument: Omit<ReviewArgument, 'queryId'> = approve,
) => codeOf(() => decideReview(facts(change), argument));

/** The facts with the review decided as given. */
function after(before: ReviewFacts, argument: Omit<ReviewArgument, 'queryId'>): ReviewFacts {
  const review = decideReview(before, argument);
  if (review === undefined) throw new Error('It was a repeat.');
  return { ...before, query: { ...before.query, review } };
}

describe('a review', () => {
  test('opens with each point and its own deadline', () => {
    const { review } = facts({}, [regulatorDesk, operatorDesk]).query;
    expect(review).toMatchObject({ requestedAt: 1000, deadline: 86_401_000, status: 'open' });
    expect(review.points).toEqual([
      {
        reviewPointId: 'regulator-desk',
        role: 'regulator',
        entryIds: [],
        deadline: 1000 + REVIEW_MS,
        status: 'open',
      },
      {
        reviewPointId: 'operator-desk',
        role: 'operator',
        entryIds: [],
        deadline: 86_401_000,
        status: 'open',
      },
    ]);
    expect(approvedReviews(review)).toEqual([]);
    expect(approvedReviews(undefined)).toEqual([]);
  });

  test('is decided by who has the role, with the reason', () => {
    const { review } = after(facts(), approve).query;
    expect(review).toMatchObject({ status: 'approved', deadline: 1000 + REVIEW_MS });
    expect(review.points[0]).toMatchObject({
      status: 'approved',
      reviewerId: 'bureau',
      reason: 'Fine.',
      decidedAt: 1000,
    });
    expect(approvedReviews(review)).toEqual([
      { reviewPointId: 'regulator-desk', role: 'regulator' },
    ]);
    expect(after(facts(), stop).query.review.status).toBe('stopped');
  });

  test('refuses others, and who has an interest', () => {
    const operator = sampleMember('association', { roles: ['operator'] });
    expect(refusal({ reviewer: operator })).toBe('FORBIDDEN');
    const payer = sampleMember('payer', { legalEntityId: bureau.legalEntityId });
    expect(refusal({ interested: [sampleMember('analyst-1'), payer] })).toBe('FORBIDDEN');
    expect(refusal({})).toBe('none');
  });

  test('takes a decision until the deadline', () => {
    expect(refusal({ now: 1000 + REVIEW_MS })).toBe('none');
    expect(refusal({ now: 1001 + REVIEW_MS })).toBe('REVIEW_LAPSED');
    expect(refusal({ now: 1001 + REVIEW_MS }, stop)).toBe('REVIEW_LAPSED');
  });

  test('changes nothing when the same is sent again, and takes nothing else', () => {
    const decided = after(facts(), approve);
    expect(decideReview(decided, approve)).toBeUndefined();
    const late = { ...decided, now: 2000 + REVIEW_MS };
    expect(decideReview(late, approve)).toBeUndefined();
    expect(codeOf(() => decideReview(decided, stop))).toBe('INVALID_STATE');
    expect(codeOf(() => decideReview(decided, { ...approve, reason: 'Or not.' }))).toBe(
      'INVALID_STATE',
    );
    const other = sampleMember('other-bureau', { roles: ['regulator'] });
    expect(codeOf(() => decideReview({ ...decided, reviewer: other }, approve))).toBe(
      'INVALID_STATE',
    );
    const { query } = facts();
    expect(refusal({ query: { ...query, status: 'expired' } })).toBe('INVALID_STATE');
  });

  test('needs every point, and one who holds all roles decides them at once', () => {
    const points = [regulatorDesk, operatorDesk];
    const half = after(facts({}, points), approve);
    expect(half.query.review).toMatchObject({ status: 'open', deadline: 86_401_000 });
    const association = sampleMember('association', { roles: ['operator'] });
    const whole = after({ ...half, reviewer: association }, approve);
    expect(whole.query.review).toMatchObject({ status: 'approved', deadline: 1000 + REVIEW_MS });
    const stopped = after({ ...half, reviewer: association }, stop);
    expect(stopped.query.review.status).toBe('stopped');
    const both = sampleMember('both', { roles: ['regulator', 'operator'] });
    expect(after(facts({ reviewer: both }, points), approve).query.review.status).toBe('approved');
  });

  test('lapses after the first deadline that nobody met', () => {
    const { query } = facts({}, [regulatorDesk, operatorDesk]);
    expect(codeOf(() => lapseReview(query, 86_401_000))).toBe('DEADLINE_NOT_REACHED');
    const review = lapseReview(query, 86_401_001);
    expect(review.status).toBe('lapsed');
    expect(review.points.map(({ status }) => status)).toEqual(['open', 'lapsed']);
  });

  test('is not there for a query that needed none', () => {
    expect(codeOf(() => requireReview(samplePlannedQuery()))).toBe('INVALID_STATE');
  });
});

describe('the verdict after a review', () => {
  const { verdict } = authorise(sampleFacts({ rulebook, product }));
  const outcome = (review: Parameters<typeof verdictAfterReview>[1]) => {
    const { allowed, trace } = verdictAfterReview(verdict, review);
    expect(trace.filter(({ rule }) => rule !== 'review')).toEqual(
      verdict.trace.filter(({ rule }) => rule !== 'review'),
    );
    const found = trace.find(({ rule }) => rule === 'review');
    return { allowed, code: found?.code, sentence: found?.sentence };
  };

  test('says what was decided, by whom and why', () => {
    expect(verdictAfterReview(verdict, facts().query.review)).toEqual(verdict);
    expect(outcome(after(facts(), approve).query.review)).toEqual({
      allowed: true,
      code: undefined,
      sentence: 'The regulator bureau approved it: Fine.',
    });
    expect(outcome(after(facts(), stop).query.review)).toEqual({
      allowed: false,
      code: 'REVIEW_STOPPED',
      sentence: 'The regulator bureau stopped the query: Too fine.',
    });
    expect(outcome(lapseReview(facts().query, 2000 + REVIEW_MS))).toEqual({
      allowed: false,
      code: 'REVIEW_LAPSED',
      sentence: 'The review by the role regulator did not come before its deadline; ask again.',
    });
  });
});
