import { z } from 'zod';
import {
  commitmentIdSchema,
  contributionIdSchema,
  hashSchema,
  incidentIdSchema,
  memberIdSchema,
  openingIdSchema,
  productIdSchema,
  queryIdSchema,
} from './identifiers.js';
import { amountSchema, epochSchema, timestampSchema } from './quantities.js';
import { escalationRuleSchema, incidentKindSchema } from './rulebook.js';

const openedContribution = {
  openingId: openingIdSchema,
  contributionId: contributionIdSchema,
} as const;
/** SHA-256 of what the accuser keeps and shows to whoever judges. */
const evidence = { evidenceHash: hashSchema } as const;

/**
 * Argument of `incident:open`. The first three kinds are facts of the ledger, which anyone may point out;
 * the others are said by an operator, regulator or auditor, who keeps the evidence.
 */
export const incidentReportSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('late-contribution'), commitmentId: commitmentIdSchema }),
  z.strictObject({ kind: z.literal('missed-opening'), ...openedContribution }),
  z.strictObject({ kind: z.literal('opening-mismatch'), ...openedContribution }),
  z.strictObject({
    kind: z.literal('stale-mapping'),
    memberId: memberIdSchema,
    productId: productIdSchema,
    epoch: epochSchema,
    ...evidence,
  }),
  z.strictObject({
    kind: z.literal('bad-decryption-share'),
    queryId: queryIdSchema,
    attempt: z.number().int().min(1),
    index: z.number().int().min(1).max(16),
    ...evidence,
  }),
  z.strictObject({ kind: z.literal('use-outside-purpose'), queryId: queryIdSchema, ...evidence }),
  z.strictObject({
    kind: z.literal('undecodable-result'),
    queryId: queryIdSchema,
    /** Position of the group in the plan, from 0. */
    group: z.number().int().min(0),
    /** Who is shown the blocks of the group; of another legal entity than the caller. */
    auditorId: memberIdSchema,
    ...evidence,
  }),
]);
export type IncidentReport = z.infer<typeof incidentReportSchema>;

export const incidentMeasureSchema = escalationRuleSchema.shape.measures.element;
export type IncidentMeasure = z.infer<typeof incidentMeasureSchema>;

/**
 * open: its time of grace runs, without any penalty. rectified: mended in time. escalated: its measures are
 * in force. closed: ended by a decision.
 */
export const incidentStatusSchema = z.enum(['open', 'rectified', 'escalated', 'closed']);
export type IncidentStatus = z.infer<typeof incidentStatusSchema>;

export const incidentActionSchema = z.enum(['penalise', 'lift', 'close']);
export type IncidentAction = z.infer<typeof incidentActionSchema>;

/** Something that went wrong, as everyone reads it. */
export const incidentSchema = z.strictObject({
  /** Follows from the subject, so that what is reported twice is one incident. */
  incidentId: incidentIdSchema,
  kind: incidentKindSchema,
  /** The kind and the ids that say what it is about. */
  subject: z.record(z.string(), z.string()),
  severity: z.enum(['minor', 'major']),
  /** Whom it is held against; nobody for a result that does not decode. */
  memberId: memberIdSchema.optional(),
  /** Whose contributions a freeze concerns: those of the member to this product id and epoch. */
  productId: productIdSchema.optional(),
  epoch: epochSchema.optional(),
  /** The rulebook whose table decided; 0 for the table that holds without one. */
  rulebookVersion: z.number().int().min(0),
  /** By the table; in force while the incident is escalated. */
  measures: z.array(incidentMeasureSchema),
  openedBy: memberIdSchema,
  openedAt: timestampSchema,
  evidenceHash: hashSchema.optional(),
  /** End of the time of grace; 0 when there is none. */
  rectifyUntil: timestampSchema,
  status: incidentStatusSchema,
  rectifiedAt: timestampSchema.optional(),
  escalatedAt: timestampSchema.optional(),
  /** Whether its escalation suspended the member; then its end readmits it. */
  suspended: z.literal(true).optional(),
  /** How it was closed: by this decision, or by the opening's own record. */
  outcome: z.enum(['penalised', 'lifted', 'closed']).optional(),
  closedAt: timestampSchema.optional(),
});
export type Incident = z.infer<typeof incidentSchema>;

const reasonSchema = z.string().min(1).max(500);

/** Argument of `incident:lift` and `incident:close`. */
export const incidentDecisionSchema = z.strictObject({
  incidentId: incidentIdSchema,
  /** Public, without personal data. */
  reason: reasonSchema,
});
export type IncidentDecision = z.infer<typeof incidentDecisionSchema>;

/** Argument of `incident:penalise`. */
export const incidentPenaltySchema = incidentDecisionSchema.extend({
  /** What of the member's frozen rewards goes to the subsidy fund, in minor units. */
  amount: amountSchema,
});

/** What one of the two who decide has decided; it takes effect when the other decides the same. */
export const incidentVoteSchema = z.strictObject({
  incidentId: incidentIdSchema,
  role: z.enum(['operator', 'regulator']),
  action: incidentActionSchema,
  /** "0" unless it is a penalty. */
  amount: amountSchema,
  reason: reasonSchema,
  memberId: memberIdSchema,
  /** Status of the incident that was decided on. */
  status: incidentStatusSchema,
  decidedAt: timestampSchema,
});
export type IncidentVote = z.infer<typeof incidentVoteSchema>;

/** Answer of `incident:read`. */
export const incidentRecordSchema = z.strictObject({
  incident: incidentSchema,
  votes: z.array(incidentVoteSchema),
});
export type IncidentRecord = z.infer<typeof incidentRecordSchema>;
