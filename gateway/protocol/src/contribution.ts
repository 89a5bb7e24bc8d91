import { z } from 'zod';
import {
  consentIdSchema,
  contributionIdSchema,
  hashSchema,
  keyIdSchema,
  memberIdSchema,
  productIdSchema,
} from './identifiers.js';
import { epochSchema, timestampSchema } from './quantities.js';

/** Argument of `contribution:register` (docs/ledger.md, Contributions). */
export const contributionRegistrationSchema = z.strictObject({
  format: z.literal('veilsum-contribution-registration/1'),
  contributionId: contributionIdSchema,
  consentId: consentIdSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  epoch: epochSchema,
  keyId: keyIdSchema,
  layoutHash: hashSchema,
  contentHash: hashSchema,
  byteLength: z.number().int().min(1),
  rowCount: z.number().int().min(1),
  /** Ascending cells that the contributor declares to have data in; empty means nothing declared. */
  coverage: z.array(z.number().int().min(0)),
  /** An earlier contribution of the same product and epoch that this one replaces. */
  supersedes: contributionIdSchema.optional(),
});
export type ContributionRegistration = z.infer<typeof contributionRegistrationSchema>;

export const contributionStatusSchema = z.enum([
  'registered',
  'stored',
  'superseded',
  'frozen',
  'withdrawn',
]);

export const contributionSchema = contributionRegistrationSchema.extend({
  contributorId: memberIdSchema,
  status: contributionStatusSchema,
  registeredAt: timestampSchema,
});
export type Contribution = z.infer<typeof contributionSchema>;

/** What the proof of plaintext knowledge of a container is bound to (docs/protocol.md §5). */
export const contributionContextSchema = z.strictObject({
  format: z.literal('veilsum-contribution/1'),
  contributionId: contributionIdSchema,
  contributor: memberIdSchema,
  epoch: epochSchema,
  keyId: keyIdSchema,
  layoutHash: hashSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
});
export type ContributionContext = z.infer<typeof contributionContextSchema>;
