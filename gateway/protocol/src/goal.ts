import { z } from 'zod';
import { goalIdSchema, memberIdSchema, queryIdSchema } from './identifiers.js';
import { timestampSchema } from './quantities.js';
import { exactFractionSchema, exactIntegerSchema, statisticReferenceSchema } from './statistic.js';

/** Argument of `goal:set`: a business figure that is promised; it never changes afterwards. */
export const goalTermsSchema = z.strictObject({
  format: z.literal('veilsum-goal/1'),
  goalId: goalIdSchema,
  title: z.string().min(1).max(120),
  /** What is done to reach it; public, no personal data. */
  scenario: z.string().min(1).max(2000),
  statistic: statisticReferenceSchema,
  /** The figure before. */
  baseline: exactFractionSchema,
  /** The figure promised; above the baseline or below it. */
  target: exactFractionSchema,
  deadline: timestampSchema,
});
export type GoalTerms = z.infer<typeof goalTermsSchema>;

export const goalSchema = goalTermsSchema.extend({
  ownerId: memberIdSchema,
  setAt: timestampSchema,
});
export type Goal = z.infer<typeof goalSchema>;

/** What came of a goal, from a published statistic. */
export const goalOutcomeSchema = z.strictObject({
  goalId: goalIdSchema,
  queryId: queryIdSchema,
  value: exactFractionSchema,
  /** Part of the way from baseline to target, in basis points, rounded down; below 0 away from it. */
  attainmentBps: exactIntegerSchema,
  met: z.boolean(),
  inTime: z.boolean(),
  at: timestampSchema,
});
export type GoalOutcome = z.infer<typeof goalOutcomeSchema>;
