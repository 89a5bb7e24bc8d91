import { z } from 'zod';

/** One rule that was asked, and what it said; the trace of a decision is the list of these, in order. */
export const ruleOutcomeSchema = z.strictObject({
  /** Stable name of the rule, e.g. `cohort-size`. */
  rule: z.string(),
  /** Version of the rule that decided. */
  version: z.number().int().min(1),
  passed: z.boolean(),
  /** Error code when it did not pass (error-codes/). */
  code: z.string().optional(),
  /** One plain sentence: whose rule, and the smallest change that would pass. */
  sentence: z.string(),
  /** The public facts the rule looked at, as strings. */
  inputs: z.record(z.string(), z.string()),
});
export type RuleOutcome = z.infer<typeof ruleOutcomeSchema>;

/** A decision with its reasons: allowed exactly if every outcome passed. */
export const verdictSchema = z.strictObject({
  allowed: z.boolean(),
  trace: z.array(ruleOutcomeSchema),
});
export type Verdict = z.infer<typeof verdictSchema>;
