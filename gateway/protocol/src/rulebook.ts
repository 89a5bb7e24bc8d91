import { z } from 'zod';
import { entryIdSchema, mspIdSchema, productIdSchema } from './identifiers.js';
import { roleSchema } from './member.js';
import { classificationSchema, purposeSchema, queryFunctionSchema } from './product.js';
import { timestampSchema } from './quantities.js';

const words = z.string().min(1).max(500);

/**
 * What an entry of the negative list matches on: every field that is there has to hold, and of a list any
 * one. An entry without a field would match everything and is refused.
 */
export const negativeMatchSchema = z.strictObject({
  classifications: z.array(classificationSchema).min(1).optional(),
  tags: z.array(z.string().min(1).max(64)).min(1).optional(),
  productIds: z.array(productIdSchema).min(1).optional(),
  purposes: z.array(purposeSchema).min(1).optional(),
  functions: z.array(queryFunctionSchema).min(1).optional(),
  recipientRoles: z.array(roleSchema).min(1).optional(),
  /** Whether the analyst's organisation is one of the rulebook's `crossBorderMspIds`. */
  crossBorder: z.boolean().optional(),
  /** Cell grain: some group of the result sums over fewer cells than this. */
  groupCellsBelow: z.number().int().min(2).optional(),
});
export type NegativeMatch = z.infer<typeof negativeMatchSchema>;

/** What is forbidden, or needs a review first. */
export const negativeEntrySchema = z.strictObject({
  entryId: entryIdSchema,
  match: negativeMatchSchema,
  effect: z.enum(['deny', 'review']),
  /** The review point that decides; exactly for the effect `review`. */
  reviewPointId: entryIdSchema.optional(),
  legalBasis: words,
  /** For the person refused: what is forbidden and which way is open. */
  sentence: words,
});
export type NegativeEntry = z.infer<typeof negativeEntrySchema>;

/** Who decides, and within what time. */
export const reviewPointSchema = z.strictObject({
  reviewPointId: entryIdSchema,
  title: words,
  role: roleSchema,
  deadlineMs: z.number().int().min(1000),
});
export type ReviewPoint = z.infer<typeof reviewPointSchema>;

/** An answer to "how may I share X with Y for Z?". */
export const guideEntrySchema = z.strictObject({
  entryId: entryIdSchema,
  title: words,
  /** What is shared: products by tag; X. */
  tags: z.array(z.string().min(1).max(64)).min(1),
  classification: classificationSchema,
  /** Who asks; Y. */
  recipientRoles: z.array(roleSchema).min(1),
  /** What for; Z. */
  purposes: z.array(purposeSchema).min(1),
  /** The path, in order. */
  steps: z.array(words).min(1).max(20),
  consentTemplateId: entryIdSchema,
  reviewPointIds: z.array(entryIdSchema).max(8),
});
export type GuideEntry = z.infer<typeof guideEntrySchema>;

/** What can go wrong; the names are the same in incidents, alerts and the escalation table. */
export const incidentKindSchema = z.enum([
  'late-contribution',
  'stale-mapping',
  'missed-opening',
  'opening-mismatch',
  'bad-decryption-share',
  'use-outside-purpose',
  'undecodable-result',
]);
export type IncidentKind = z.infer<typeof incidentKindSchema>;

/** What an incident of a kind leads to. */
export const escalationRuleSchema = z.strictObject({
  kind: incidentKindSchema,
  severity: z.enum(['minor', 'major']),
  /** Time to mend a first minor deviation without any penalty; 0 for major ones. */
  graceMs: z.number().int().min(0),
  /** At a second minor deviation, one that was not mended in time, or a major one. */
  measures: z.array(z.enum(['freeze-rewards', 'freeze-contribution', 'suspend-member'])).min(1),
});
export type EscalationRule = z.infer<typeof escalationRuleSchema>;

/** Contents of a rulebook proposal; in force from `effectiveFrom` until the next version is. */
export const rulebookSchema = z.strictObject({
  format: z.literal('veilsum-rulebook/1'),
  version: z.number().int().min(1).max(1_000_000),
  title: words,
  effectiveFrom: timestampSchema,
  negativeList: z.array(negativeEntrySchema).max(200),
  guide: z.array(guideEntrySchema).max(200),
  reviewPoints: z.array(reviewPointSchema).max(64),
  /** Review point of every query of important data. */
  importantReviewPointId: entryIdSchema,
  escalation: z.array(escalationRuleSchema).max(32),
  /** Organisations outside the jurisdiction; what they ask is cross-border. */
  crossBorderMspIds: z.array(mspIdSchema).max(64),
});
export type Rulebook = z.infer<typeof rulebookSchema>;
