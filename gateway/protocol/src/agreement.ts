import { z } from 'zod';
import { agreementIdSchema, goalIdSchema, memberIdSchema, queryIdSchema } from './identifiers.js';
import { amountSchema, basisPointsSchema, timestampSchema } from './quantities.js';
import { exactFractionSchema, statisticReferenceSchema } from './statistic.js';

/** What is paid when the statistic meets its baseline, before the cap; money in minor units. */
export const bonusSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), amount: amountSchema }),
  /** For every whole step beyond the baseline. */
  z.strictObject({
    kind: z.literal('per-step'),
    step: exactFractionSchema,
    amount: amountSchema,
  }),
  /** Part of what the statistic, itself an amount of money, is beyond the baseline. */
  z.strictObject({ kind: z.literal('rate'), rateBps: basisPointsSchema }),
]);
export type Bonus = z.infer<typeof bonusSchema>;

/** Argument of `agreement:propose`: a bonus that follows from a published statistic. */
export const agreementTermsSchema = z.strictObject({
  format: z.literal('veilsum-agreement/1'),
  agreementId: agreementIdSchema,
  payerId: memberIdSchema,
  payeeId: memberIdSchema,
  statistic: statisticReferenceSchema,
  baseline: exactFractionSchema,
  direction: z.enum(['at-least', 'at-most']),
  bonus: bonusSchema,
  /** Most that is paid; the payer sets it aside with its signature. */
  cap: amountSchema,
  /** The result has to be public by then. */
  until: timestampSchema,
  /** The goal of the payer that it serves. */
  goalId: goalIdSchema.optional(),
});
export type AgreementTerms = z.infer<typeof agreementTermsSchema>;

/** An agreement as the ledger keeps it; all but the first two statuses are final. */
export const agreementSchema = agreementTermsSchema.extend({
  proposedBy: memberIdSchema,
  proposedAt: timestampSchema,
  status: z.enum(['proposed', 'active', 'paid', 'missed', 'lapsed', 'cancelled']),
  acceptedAt: timestampSchema.optional(),
  /** The published statistic that decided, and what it came to. */
  outcome: z
    .strictObject({
      queryId: queryIdSchema,
      value: exactFractionSchema,
      bonus: amountSchema,
      at: timestampSchema,
    })
    .optional(),
});
export type Agreement = z.infer<typeof agreementSchema>;
