import {
  VeilsumError,
  type Member,
  type QueryRecord,
  type Review,
  type ReviewArgument,
  type ReviewDecision,
  type Role,
  type RuleOutcome,
  type Verdict,
} from '@veilsum/protocol';
import { failed, passed, verdictOf, type RuleFailure } from '../verdict.js';
import type { RequiredReview } from './required-reviews.js';

/** A query that waits for a review. */
export interface ReviewedQuery extends QueryRecord {
  readonly review: Review;
}

/** The review that a query opens with: every point is open, each with its own deadline. */
export function openReview(required: readonly RequiredReview[], now: number): Review {
  const points = required.map(({ reviewPointId, role, deadlineMs, entryIds }): ReviewDecision => ({
    reviewPointId,
    role,
    entryIds: [...entryIds],
    deadline: now + deadlineMs,
    status: 'open',
  }));
  return reviewOf(now, points);
}

/** @throws {@link VeilsumError} INVALID_STATE when the query never waited for a review */
export function requireReview(query: QueryRecord): ReviewedQuery {
  const { review } = query;
  if (review !== undefined) return { ...query, review };
  throw new VeilsumError('INVALID_STATE', 'The query does not wait for a review.');
}

/** Who decides, and whose query it is. */
export interface ReviewFacts {
  readonly query: ReviewedQuery;
  readonly reviewer: Pick<Member, 'memberId' | 'roles' | 'legalEntityId'>;
  /** The member who asked, and whoever pays for it. */
  readonly interested: readonly Pick<Member, 'legalEntityId'>[];
  readonly now: number;
}

/**
 * What a reviewer's decision makes of the review: it counts for every open point of his roles. The same
 * decision sent again changes nothing.
 * @returns undefined for such a repeat
 * @throws {@link VeilsumError} FORBIDDEN for who has no such role or an interest in the query; REVIEW_LAPSED
 * past the deadline; INVALID_STATE when it is decided
 */
export function decideReview(
  { query, reviewer, interested, now }: ReviewFacts,
  { decision, reason }: Omit<ReviewArgument, 'queryId'>,
): Review | undefined {
  const { review } = query;
  requireReviewer(review, reviewer, interested);
  const status = decision === 'approve' ? 'approved' : 'stopped';
  const decided = { status, reviewerId: reviewer.memberId, reason } as const;
  const own = query.status === 'reviewing' ? openPointsOf(review, reviewer.roles) : [];
  if (own.length === 0) {
    if (isRepeat(review, decided)) return undefined;
    throw new VeilsumError('INVALID_STATE', 'What you could decide on is decided already.');
  }
  if (now > review.deadline) throw new VeilsumError('REVIEW_LAPSED', lapseSentence());
  const points = review.points.map((point) =>
    own.includes(point) ? { ...point, ...decided, decidedAt: now } : point,
  );
  return reviewOf(review.requestedAt, points);
}

/**
 * The review of a query that nobody decided in time.
 * @throws {@link VeilsumError} DEADLINE_NOT_REACHED
 */
export function lapseReview({ review }: ReviewedQuery, now: number): Review {
  if (now <= review.deadline) {
    throw new VeilsumError('DEADLINE_NOT_REACHED', 'The review can still be done.');
  }
  const points = review.points.map((point) =>
    point.status === 'open' && point.deadline < now
      ? { ...point, status: 'lapsed' as const }
      : point,
  );
  return reviewOf(review.requestedAt, points);
}

/** The verdict of a query after a decision: what each point said stands where it was asked for. */
export function verdictAfterReview({ trace }: Verdict, { points }: Review): Verdict {
  const byId = new Map(points.map((point) => [String(point.reviewPointId), point]));
  return verdictOf(
    trace.map((outcome) => {
      const point = byId.get(outcome.inputs['reviewPointId'] ?? '');
      return outcome.rule !== 'review' || point === undefined
        ? outcome
        : outcomeAfter(outcome, point);
    }),
  );
}

function outcomeAfter(outcome: RuleOutcome, point: ReviewDecision): RuleOutcome {
  const { rule, version, inputs } = outcome;
  const { status, role, reviewerId = '', reason = '' } = point;
  switch (status) {
    case 'open':
      return outcome;
    case 'approved':
      return passed({ rule, version }, `The ${role} ${reviewerId} approved it: ${reason}`, inputs);
    case 'stopped': {
      const sentence = `The ${role} ${reviewerId} stopped the query: ${reason}`;
      return failed({ rule, version }, { code: 'REVIEW_STOPPED', sentence }, inputs);
    }
    case 'lapsed': {
      const failure: RuleFailure = { code: 'REVIEW_LAPSED', sentence: lapseSentence(role) };
      return failed({ rule, version }, failure, inputs);
    }
  }
}

function lapseSentence(role?: Role): string {
  const whose = role === undefined ? 'The review' : `The review by the role ${role}`;
  return `${whose} did not come before its deadline; ask again.`;
}

function reviewOf(requestedAt: number, points: ReviewDecision[]): Review {
  const statuses = points.map(({ status }) => status);
  const open = points.filter(({ status }) => status === 'open').map(({ deadline }) => deadline);
  return {
    requestedAt,
    deadline: open.length > 0 ? Math.min(...open) : Math.max(...points.map((p) => p.deadline)),
    status: statusOf(statuses),
    points,
  };
}

function statusOf(statuses: readonly ReviewDecision['status'][]): Review['status'] {
  const [first] = (['stopped', 'lapsed', 'open'] as const).filter((s) => statuses.includes(s));
  return first ?? 'approved';
}

function requireReviewer(
  { points }: Review,
  reviewer: ReviewFacts['reviewer'],
  interested: ReviewFacts['interested'],
): void {
  const roles = [...new Set(points.map(({ role }) => role))];
  if (!roles.some((role) => reviewer.roles.includes(role))) {
    throw new VeilsumError('FORBIDDEN', `Only members with the role ${roles.join(', ')} decide.`);
  }
  if (interested.some(({ legalEntityId }) => legalEntityId === reviewer.legalEntityId)) {
    throw new VeilsumError('FORBIDDEN', 'Nobody reviews a query of his own legal entity.');
  }
}

function openPointsOf({ points }: Review, roles: readonly Role[]): ReviewDecision[] {
  return points.filter(({ status, role }) => status === 'open' && roles.includes(role));
}

function isRepeat(
  { points }: Review,
  decided: Pick<ReviewDecision, 'status' | 'reason' | 'reviewerId'>,
): boolean {
  return points.some(
    ({ reviewerId, status, reason }) =>
      reviewerId === decided.reviewerId && status === decided.status && reason === decided.reason,
  );
}
