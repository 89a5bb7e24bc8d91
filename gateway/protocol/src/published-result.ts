import { z } from 'zod';
import { hashSchema, memberIdSchema, productIdSchema, queryIdSchema } from './identifiers.js';
import { epochSchema, timestampSchema } from './quantities.js';
import { exactIntegerSchema } from './statistic.js';
import { certificateSchema } from './stored-objects.js';

/**
 * Argument of `query:publishResult`. With `groups` (ascending indices of the plan's) the certificate names
 * every c, so that its finalHash can be computed, but m and w of the blocks of these groups only.
 */
export const resultPublicationSchema = z.strictObject({
  queryId: queryIdSchema,
  certificate: certificateSchema,
  groups: z.array(z.number().int().min(0)).min(1).optional(),
});
export type ResultPublication = z.infer<typeof resultPublicationSchema>;

/** That a query has published groups. */
export const publishedResultSchema = z.strictObject({
  queryId: queryIdSchema,
  planHash: hashSchema,
  productId: productIdSchema,
  epoch: epochSchema,
  publishedAt: timestampSchema,
});
export type PublishedResult = z.infer<typeof publishedResultSchema>;

/** One group of a result that everyone may read: integers as the certificate proves them, noise included. */
export const publishedGroupSchema = z.strictObject({
  queryId: queryIdSchema,
  /** Index from 0 into the plan's groups. */
  group: z.number().int().min(0),
  key: z.record(z.string(), z.string()),
  /** Of the plan, in its order; values in lane order, one for a plane of the whole epoch. */
  planes: z.array(
    z.strictObject({ plane: z.number().int().min(0), values: z.array(exactIntegerSchema).min(1) }),
  ),
  attempt: z.number().int().min(1),
  finalHash: hashSchema,
  /** SHA-256 of the canonical JSON of the certificate that proved it. */
  certificateHash: hashSchema,
  /** How many keyholders added noise. */
  samples: z.number().int().min(1),
  publishedBy: memberIdSchema,
  publishedAt: timestampSchema,
});
export type PublishedGroup = z.infer<typeof publishedGroupSchema>;
