import { z } from 'zod';
import { productIdSchema } from './identifiers.js';
import { releaseSchema } from './consent.js';
import { epochSchema, epsilonMicroSchema } from './quantities.js';

/** A released integer as a decimal string; a plane's values take up to 513 bits. */
export const exactIntegerSchema = z
  .string()
  .regex(/^(0|-?[1-9]\d{0,319})$/, 'an integer without leading zeros');

/** An exact rational number. */
export const exactFractionSchema = z.strictObject({
  numerator: exactIntegerSchema,
  /** Above 0. */
  denominator: z.string().regex(/^[1-9]\d{0,319}$/, 'a positive integer'),
});
export type ExactFraction = z.infer<typeof exactFractionSchema>;

/**
 * One number that a query can answer, named so that whoever reads the ledger finds it in a published
 * result. Functions whose value is no fraction of released integers are left out.
 */
export const statisticReferenceSchema = z.strictObject({
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  epoch: epochSchema,
  function: z.enum(['count', 'sum', 'mean', 'ratio', 'share']),
  /** As in a query: none for count and for a share of counts, two for a ratio. */
  measures: z.array(z.string().min(1).max(64)).max(2),
  /** Dimension to value; a dimension that is not named counts whole. */
  group: z.record(z.string(), z.string()),
  /** Number of the lane as the product counts it; absent: the whole epoch. */
  lane: z.number().int().min(0).optional(),
  release: releaseSchema,
  /** Least ε of a noisy release that counts; exactly for these. */
  epsilonMicroMin: epsilonMicroSchema.min(1).optional(),
});
export type StatisticReference = z.infer<typeof statisticReferenceSchema>;
