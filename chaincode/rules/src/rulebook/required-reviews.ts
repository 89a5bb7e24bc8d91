import type { EntryId, NegativeEntry, Review, ReviewPoint, Rulebook } from '@veilsum/protocol';
import { levelOfProduct } from './data-level.js';
import { matchingEntries, type ListedUse } from './negative-list.js';

/** A review point that has to approve a use, and the entries that ask for it. */
export interface RequiredReview extends ReviewPoint {
  /** None when the level of the data asks for it. */
  readonly entryIds: readonly EntryId[];
}

/** A review point that approved; under another role it is another point. */
export type ApprovedReview = Pick<ReviewPoint, 'reviewPointId' | 'role'>;

/**
 * Every review point that a use has to pass, each once, in the rulebook's order: all of them have to
 * approve. A point that the rulebook does not have would never approve; checkRulebook lets none in.
 */
export function requiredReviews(rulebook: Rulebook, use: ListedUse): RequiredReview[] {
  const entries = matchingEntries(rulebook, use).filter(({ effect }) => effect === 'review');
  const important = levelOfProduct(use.product, rulebook) === 'important';
  return rulebook.reviewPoints
    .map((point) => ({ ...point, entryIds: entryIdsOf(entries, point) }))
    .filter(
      ({ reviewPointId, entryIds }) =>
        entryIds.length > 0 || (important && reviewPointId === rulebook.importantReviewPointId),
    );
}

/** The points of a query's review that approved it. */
export function approvedReviews(review: Review | undefined): ApprovedReview[] {
  return (review?.points ?? [])
    .filter(({ status }) => status === 'approved')
    .map(({ reviewPointId, role }) => ({ reviewPointId, role }));
}

/** Whether a point is among those that approved. */
export function isApproved(
  { reviewPointId, role }: ApprovedReview,
  approved: readonly ApprovedReview[],
): boolean {
  return approved.some((point) => point.reviewPointId === reviewPointId && point.role === role);
}

function entryIdsOf(entries: readonly NegativeEntry[], { reviewPointId }: ReviewPoint): EntryId[] {
  return entries
    .filter((entry) => entry.reviewPointId === reviewPointId)
    .map(({ entryId }) => entryId);
}
