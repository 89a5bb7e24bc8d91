import type { Member, Product, RuleOutcome, Rulebook } from '@veilsum/protocol';
import { failed, passed } from '../verdict.js';
import { askersOf } from '../delegation/delegated-query.js';
import { levelOfProduct } from './data-level.js';
import { matchingEntries, type ListedUse } from './negative-list.js';
import {
  isApproved,
  requiredReviews,
  type ApprovedReview,
  type RequiredReview,
} from './required-reviews.js';

const RULEBOOK = { rule: 'rulebook', version: 1 };
const CLASSIFICATION = { rule: 'classification', version: 1 };
/** The one rule that a query can wait for. */
export const REVIEW = { rule: 'review', version: 1 };
const AUDIENCE = { rule: 'audience', version: 1 };

/** What the rulebook is asked about. */
export interface RuledUse extends ListedUse {
  /** The rulebook in force when the use is decided; undefined while there is none. */
  readonly rulebook: Rulebook | undefined;
  /** Review points that approved this very query. */
  readonly approved: readonly ApprovedReview[];
}

/**
 * Every entry of the negative list that the use meets, with its legal basis: those that deny, then those
 * that ask for a review. Nothing is said while no rulebook is in force.
 */
export function negativeListAllows({ rulebook, ...use }: RuledUse): RuleOutcome[] {
  if (rulebook === undefined) return [];
  const { version } = rulebook;
  const entries = matchingEntries(rulebook, use);
  if (entries.length === 0) {
    const sentence = `No entry of the negative list of rulebook ${version} is about this use.`;
    return [passed(RULEBOOK, sentence, { rulebook: version })];
  }
  return entries.map(({ entryId, effect, legalBasis, sentence }) => {
    const inputs = { rulebook: version, entryId, effect, legalBasis };
    const words = `${sentence} (rulebook ${version}, entry ${entryId}; ${legalBasis})`;
    return effect === 'deny'
      ? failed(RULEBOOK, { code: 'RULEBOOK_DENIED', sentence: words }, inputs)
      : passed(RULEBOOK, words, inputs);
  });
}

/** Core data cannot be shared; important data takes a review, and so a rulebook that says whose. */
export function classificationAllows({ rulebook, product }: RuledUse): RuleOutcome {
  const level = levelOfProduct(product, rulebook);
  const inputs = { classification: product.classification, level };
  if (level === 'core') {
    const sentence = 'The product is classified as core data, which cannot be shared at all.';
    return failed(CLASSIFICATION, { code: 'CLASSIFICATION_CORE', sentence }, inputs);
  }
  if (level === 'general') {
    return passed(CLASSIFICATION, 'The product is general data, which flows on consent.', inputs);
  }
  if (rulebook === undefined) {
    const sentence =
      'The product is classified as important data, so each query needs the approval of a regulator, and no rulebook is in force that says whose.';
    return failed(CLASSIFICATION, { code: 'REVIEW_REQUIRED', sentence }, inputs);
  }
  return passed(CLASSIFICATION, 'The product is important data, which takes a review.', inputs);
}

/** Every review point that the use has to pass must have approved it. */
export function reviewsApproved({ rulebook, approved, ...use }: RuledUse): RuleOutcome[] {
  if (rulebook === undefined) return [];
  return requiredReviews(rulebook, use).map((review) => {
    const { reviewPointId, role, deadlineMs, entryIds } = review;
    const inputs = { reviewPointId, role, deadlineMs, entries: entryIds.join(',') };
    return isApproved(review, approved)
      ? passed(REVIEW, `A member with the role ${role} approved this query.`, inputs)
      : failed(REVIEW, { code: 'REVIEW_REQUIRED', sentence: reviewSentence(review) }, inputs);
  });
}

function reviewSentence({ title, role, deadlineMs }: RequiredReview): string {
  return `The use needs a review first (${title}): a member with the role ${role} decides within ${durationText(deadlineMs)}, or the query lapses and is refunded.`;
}

/** A length of time in its largest whole unit, rounded up, so that nobody is promised less. */
export function durationText(milliseconds: number): string {
  const [unit, length] = (
    [
      ['days', 86_400_000],
      ['hours', 3_600_000],
      ['minutes', 60_000],
    ] as const
  ).find(([, size]) => milliseconds >= 2 * size) ?? ['seconds', 1000];
  return `${Math.ceil(milliseconds / length)} ${unit}`;
}

/**
 * A product with an audience answers nobody else (docs/ledger.md, Standards). A product that is for all
 * has no such rule.
 */
export function audienceIncludes({ product, analyst, delegated }: AudienceFacts): RuleOutcome[] {
  const { audience } = product;
  if (audience === undefined) return [];
  return askersOf(analyst, delegated).map((asker) => audienceOutcome(audience, asker));
}

/** Whether the analyst, and whom it asks for, are among those that a product is shared with. */
export function isForAskers({ product, analyst, delegated }: AudienceFacts): boolean {
  return askersOf(analyst, delegated).every((asker) => isRecipient(product.audience, asker));
}

/** Who asks for what, as far as an audience is concerned. */
interface AudienceFacts {
  readonly product: Pick<Product, 'audience'>;
  readonly analyst: Pick<Member, 'memberId' | 'roles'>;
  readonly delegated?: { readonly principal: Pick<Member, 'memberId' | 'roles'> } | undefined;
}

function audienceOutcome(
  audience: NonNullable<Product['audience']>,
  asker: AudienceFacts['analyst'],
): RuleOutcome {
  const recipients = [...audience.roles, ...audience.members].join(', ');
  const inputs = { analyst: asker.memberId, recipients };
  if (isRecipient(audience, asker)) {
    return passed(AUDIENCE, `The product is shared with ${asker.memberId}.`, inputs);
  }
  const sentence = `The product is shared only with ${recipients}; ask its publisher for a product that is shared with ${asker.memberId} too.`;
  return failed(AUDIENCE, { code: 'AUDIENCE_NOT_INCLUDED', sentence }, inputs);
}

/** Whether a member is one of those that a product is shared with. */
function isRecipient(
  audience: Product['audience'],
  { memberId, roles }: Pick<Member, 'memberId' | 'roles'>,
): boolean {
  if (audience === undefined) return true;
  return audience.members.includes(memberId) || roles.some((role) => audience.roles.includes(role));
}
