import { z } from 'zod';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const duration = z.number().int().min(0);
const count = z.number().int().min(1);

/** From when on something is worth an alert. Each may be left out; times in milliseconds. */
export const thresholdsSchema = z.strictObject({
  /** How long a registered contribution may be without its container. */
  uploadMissingMs: duration.default(hour),
  /** How long after a newer product version a consent may still be to the older one. */
  staleMappingMs: duration.default(7 * day),
  /** How many refusals with one code, none later than this after the one before. */
  refusalBurst: z
    .strictObject({ count: count.min(2), withinMs: duration })
    .default({ count: 10, withinMs: 10 * minute }),
  /** How often one analyst may ask one shape of question. */
  repeatedQuestion: z
    .strictObject({ count: count.min(2), withinMs: duration })
    .default({ count: 10, withinMs: day }),
  /** By how many legal entities a cohort may lie above its minimum and still count as close to it. */
  cohortMargin: z.number().int().min(0).default(0),
  /** How long after its end an epoch's cohort is looked at. */
  cohortEpochMs: duration.default(400 * day),
  /** What part of a privacy budget may be left and still count as nearly spent, in basis points. */
  budgetLeftBps: z.number().int().min(0).max(10_000).default(2000),
  /** How long after a deadline somebody should have acted. */
  overdueMs: duration.default(minute),
  /** How long a query may go on without a result. */
  stuckMs: duration.default(15 * minute),
  /** How far the gateway's view of the ledger may be behind ours, and how long. */
  ledgerLag: z
    .strictObject({ blocks: count, forMs: duration })
    .default({ blocks: 20, forMs: minute }),
  /** How long the own ledger may give no answer. */
  ledgerSilentMs: duration.default(minute),
  /** How long the gateway may give no answer, or not follow the ledger. */
  gatewaySilentMs: duration.default(minute),
  /** How long blocks may be there whose events have not come. */
  streamStalledMs: duration.default(minute),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;

/** What counts when a configuration says nothing. */
export const defaultThresholds: Thresholds = thresholdsSchema.parse({});
