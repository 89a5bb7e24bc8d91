import { z } from 'zod';
import { releaseSchema } from './consent.js';
import { entryIdSchema, mspIdSchema, productIdSchema } from './identifiers.js';
import { roleSchema } from './member.js';
import { classificationSchema, purposeSchema, queryFunctionSchema } from './product.js';
import { amountSchema, epsilonMicroSchema, timestampSchema } from './quantities.js';

const words = z.string().min(1).max(500);
const tag = z.string().min(1).max(64);

/**
 * What an entry of the negative list matches on: every field that is there has to hold, and of a list any
 * one. An entry without a field would match everything and is refused.
 */
export const negativeMatchSchema = z.strictObject({
  /** The product's own level, or the higher one that the rulebook gives to one of its tags. */
  classifications: z.array(classificationSchema).min(1).optional(),
  tags: z.array(tag).min(1).optional(),
  /** The product has none of these tags. */
  withoutTags: z.array(tag).min(1).optional(),
  productIds: z.array(productIdSchema).min(1).optional(),
  purposes: z.array(purposeSchema).min(1).optional(),
  functions: z.array(queryFunctionSchema).min(1).optional(),
  releases: z.array(releaseSchema).min(1).optional(),
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
  tags: z.array(tag).min(1),
  classification: classificationSchema,
  /** Who asks; Y. */
  recipientRoles: z.array(roleSchema).min(1),
  /** What for; Z. */
  purposes: z.array(purposeSchema).min(1),
  /** The path, in order. */
  steps: z.array(words).min(1).max(20),
  consentTemplateId: entryIdSchema,
});
export type GuideEntry = z.infer<typeof guideEntrySchema>;

/** Terms that a guide entry proposes; whoever consents fills in product, dates and whatever else. */
export const guideConsentSchema = z.strictObject({
  consentTemplateId: entryIdSchema,
  title: words,
  functions: z.array(queryFunctionSchema).min(1),
  release: releaseSchema,
  minCohort: z.number().int().min(2).max(100_000),
  maxUses: z.number().int().min(1).max(1_000_000),
  epsilonPerEpochMicro: epsilonMicroSchema,
  minimumPricePerUse: amountSchema,
});
export type GuideConsent = z.infer<typeof guideConsentSchema>;

/** Words in which people name a tag, role or purpose; the guide knows no others. */
export const guideWordsSchema = z.strictObject({
  kind: z.enum(['tag', 'role', 'purpose']),
  term: tag,
  synonyms: z.array(z.string().min(1).max(64)).max(50),
});
export type GuideWords = z.infer<typeof guideWordsSchema>;

/** From which level on data counts as which (GB/T 43697-2024: of several that apply, the highest). */
export const levelRulesSchema = z.strictObject({
  /** A product with the tag has at least this level, whatever its publisher says. */
  byTag: z.array(z.strictObject({ tag, level: classificationSchema })).max(64),
  /** A noisy statistic of important data is general from this many legal entities and cells a group on. */
  aggregated: z.strictObject({
    minCohort: z.number().int().min(2).max(100_000),
    minGroupCells: z.number().int().min(1).max(1_000_000),
  }),
});
export type LevelRules = z.infer<typeof levelRulesSchema>;

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
  guideConsents: z.array(guideConsentSchema).max(64),
  guideWords: z.array(guideWordsSchema).max(200),
  levels: levelRulesSchema,
  reviewPoints: z.array(reviewPointSchema).max(64),
  /** Review point of every query of important data; its role is regulator. */
  importantReviewPointId: entryIdSchema,
  escalation: z.array(escalationRuleSchema).max(32),
  /** Organisations outside the jurisdiction; what they ask is cross-border. */
  crossBorderMspIds: z.array(mspIdSchema).max(64),
});
export type Rulebook = z.infer<typeof rulebookSchema>;

/** A rulebook as the ledger keeps it. */
export const adoptedRulebookSchema = z.strictObject({
  rulebook: rulebookSchema,
  adoptedAt: timestampSchema,
  /** The later of the rulebook's own `effectiveFrom` and `adoptedAt`: it never changes the past. */
  inForceFrom: timestampSchema,
});
export type AdoptedRulebook = z.infer<typeof adoptedRulebookSchema>;
