import { z } from 'zod';
import { memberIdSchema } from './identifiers.js';
import { timestampSchema } from './quantities.js';

/** What a watcher looks for (docs/alerts.md). Incidents of the ledger bear the same names. */
export const alertKindSchema = z.enum([
  'late-contribution',
  'upload-missing',
  'container-damaged',
  'stale-mapping',
  'refusal-burst',
  'keyholder-mismatch',
  'cohort-near-minimum',
  'repeated-question',
  'budget-nearly-spent',
  'missed-attempt-deadline',
  'missed-settlement-deadline',
  'missed-dispute-deadline',
  'missed-review-deadline',
  'missed-opening',
  'incident-open',
  'stuck-query',
  'ledger-unreachable',
  'ledger-contradiction',
  'ledger-lag',
  'event-stream-stalled',
  'gateway-unreachable',
  'gateway-mismatch',
]);
export type AlertKind = z.infer<typeof alertKindSchema>;

/** notice: good to know; warning: somebody should act; critical: somebody should act now. */
export const alertSeveritySchema = z.enum(['notice', 'warning', 'critical']);
export type AlertSeverity = z.infer<typeof alertSeveritySchema>;

const sentence = z.string().min(1).max(1000);

/** What a watcher did by itself about an alert, and what came of it. */
const mendingAttemptSchema = z.strictObject({
  at: timestampSchema,
  succeeded: z.boolean(),
  sentence,
});

/**
 * What somebody should know and do something about. It holds public ids, counts and codes; never a secret,
 * a plaintext or personal data.
 */
export const alertSchema = z.strictObject({
  format: z.literal('veilsum-alert/1'),
  /** Follows from kind, subject and period: every watcher gives the same alert the same id. */
  alertId: z.string().regex(/^[0-9a-f]{32}$/),
  /** 1 when raised, one more with every change. */
  revision: z.number().int().min(1),
  kind: alertKindSchema,
  severity: alertSeveritySchema,
  /** Who or what it is about, e.g. `member:merchant-1/product:sales`. */
  subject: z.string().min(1).max(300),
  /** Which time of its subject: an epoch, an attempt, or the beginning of a burst. */
  period: z.string().min(1).max(100),
  /** When the watcher first saw it. */
  at: timestampSchema,
  sentence,
  /** What to do. */
  mendingStep: sentence,
  status: z.enum(['open', 'mended']),
  attempted: mendingAttemptSchema.optional(),
  /** `watcher`: by the watcher itself; `elsewhere`: by whoever else, or it passed. */
  mended: z
    .strictObject({ at: timestampSchema, by: z.enum(['watcher', 'elsewhere']), sentence })
    .optional(),
});
export type Alert = z.infer<typeof alertSchema>;

/** One line of a watcher's log, which is only ever appended to. */
export const alertLogLineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('begin'),
    format: z.literal('veilsum-alert-log/1'),
    memberId: memberIdSchema,
    /** Bursts and the like that ended before are no news. */
    at: timestampSchema,
  }),
  /** `sequence` counts the alert lines, from 1. */
  z.strictObject({
    type: z.literal('alert'),
    sequence: z.number().int().min(1),
    alert: alertSchema,
  }),
  /** Blocks whose events have been looked at. */
  z.strictObject({ type: z.literal('checkpoint'), height: z.number().int().min(0) }),
  /** What became of an alert line at a webhook. */
  z.strictObject({
    type: z.literal('delivery'),
    webhook: z.string(),
    sequence: z.number().int().min(1),
    outcome: z.enum(['delivered', 'abandoned']),
  }),
]);
export type AlertLogLine = z.infer<typeof alertLogLineSchema>;
