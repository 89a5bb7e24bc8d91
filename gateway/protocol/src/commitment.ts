import { z } from 'zod';
import {
  commitmentIdSchema,
  contributionIdSchema,
  memberIdSchema,
  productIdSchema,
} from './identifiers.js';
import { epochSchema, timestampSchema } from './quantities.js';

/** Argument of `commitment:make`: what a contributor will have contributed, and by when. */
export const commitmentMakingSchema = z.strictObject({
  commitmentId: commitmentIdSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  epoch: epochSchema,
  /** The contribution is late when it is not stored until then. */
  dueAt: timestampSchema,
});
export type CommitmentMaking = z.infer<typeof commitmentMakingSchema>;

export const commitmentSchema = commitmentMakingSchema.extend({
  contributorId: memberIdSchema,
  madeAt: timestampSchema,
  /** open: nothing stored yet. met: a contribution was stored, late or not. withdrawn: before it was due. */
  status: z.enum(['open', 'met', 'withdrawn']),
  /** What met it, and when its first contribution was stored. */
  contributionId: contributionIdSchema.optional(),
  metAt: timestampSchema.optional(),
});
export type Commitment = z.infer<typeof commitmentSchema>;
