import { z } from 'zod';
import { settlementSplitSchema } from './member.js';
import { amountSchema, basisPointsSchema, timestampSchema } from './quantities.js';

/** Contents of a reward scheme proposal; in force from `effectiveFrom` until the next version is. */
export const rewardSchemeSchema = z.strictObject({
  format: z.literal('veilsum-reward-scheme/1'),
  version: z.number().int().min(1).max(1_000_000),
  effectiveFrom: timestampSchema,
  split: settlementSplitSchema,
  /** What small members get from the subsidy fund while it lasts. */
  smallMembers: z.strictObject({
    /** Part of a price that a small analyst pays itself. */
    priceBps: basisPointsSchema,
    /** Most that the fund adds to one price. */
    priceSupportMax: amountSchema,
    /** Addition to a small contributor's share. */
    topUpBps: basisPointsSchema,
    /** Most that the fund adds to one contributor's share of one query. */
    topUpMax: amountSchema,
  }),
  /** Most of the contributors' part that repays registered costs first. */
  costCompensationBps: basisPointsSchema,
  /** Weight of a contribution by its age at authorisation; the first entry that fits, else 1. */
  freshness: z
    .array(
      z.strictObject({
        ageDaysMax: z.number().int().min(0).max(3660),
        weight: z.number().int().min(1).max(1000),
      }),
    )
    .max(8),
  /** Weights of what can be checked of a contribution. */
  quality: z.strictObject({
    base: z.number().int().min(1).max(1000),
    /** Added when it declares its coverage. */
    declaredCoverage: z.number().int().min(0).max(1000),
    /** Added when an opening of it agreed with its ciphertexts. */
    agreedOpening: z.number().int().min(0).max(1000),
  }),
});
export type RewardScheme = z.infer<typeof rewardSchemeSchema>;
