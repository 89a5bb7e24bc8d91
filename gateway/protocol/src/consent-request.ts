import { z } from 'zod';
import { releaseSchema } from './consent.js';
import {
  consentIdSchema,
  consentRequestIdSchema,
  entryIdSchema,
  memberIdSchema,
  productIdSchema,
} from './identifiers.js';
import { roleSchema } from './member.js';
import { purposeSchema, queryFunctionSchema } from './product.js';
import { amountSchema, epsilonMicroSchema, timestampSchema } from './quantities.js';

/** What an analyst asks contributors to allow; argument of `consentRequest:ask`. */
export const consentAskingSchema = z.strictObject({
  format: z.literal('veilsum-consent-request/1'),
  requestId: consentRequestIdSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  purposes: z.array(purposeSchema).min(1),
  functions: z.array(queryFunctionSchema).min(1),
  maxUses: z.number().int().min(1).max(1_000_000),
  /** The last moment of the consent that is asked for. */
  notAfter: timestampSchema,
  release: releaseSchema,
  epsilonPerEpochMicro: epsilonMicroSchema,
  /** What each contributor would get for a use at least, in minor units. */
  offeredPrice: amountSchema,
  /** In the analyst's words; public, so no personal data. */
  text: z.string().min(1).max(1000),
});
export type ConsentAsking = z.infer<typeof consentAskingSchema>;

/** A request as everyone reads it. */
export const consentRequestSchema = consentAskingSchema.extend({
  analystId: memberIdSchema,
  askedAt: timestampSchema,
  /** `closed`: the analyst took it back; nobody can answer any more. */
  status: z.enum(['open', 'closed']),
});
export type ConsentRequest = z.infer<typeof consentRequestSchema>;

/** Argument of `consentRequest:decline`. */
export const consentDecliningSchema = z.strictObject({
  requestId: consentRequestIdSchema,
  /** Public. */
  reason: z.string().min(1).max(500),
});

/** What one contributor answered, once: a consent that names the request, or a reason. */
export const consentAnswerSchema = z.strictObject({
  requestId: consentRequestIdSchema,
  contributorId: memberIdSchema,
  answer: z.enum(['granted', 'declined']),
  consentId: consentIdSchema.optional(),
  reason: z.string().min(1).max(500).optional(),
  answeredAt: timestampSchema,
});
export type ConsentAnswer = z.infer<typeof consentAnswerSchema>;

/** Answer of `consentRequest:read` and, as a list, of `consentRequest:list`. */
export const consentRequestRecordSchema = z.strictObject({
  request: consentRequestSchema,
  answers: z.array(consentAnswerSchema),
});
export type ConsentRequestRecord = z.infer<typeof consentRequestRecordSchema>;

/**
 * One rule of a contributor for requests that it grants without looking: all of it must hold. What a rule
 * does not name, it does not allow; there is no default that widens it.
 */
export const autoApprovalRuleSchema = z.strictObject({
  ruleId: entryIdSchema,
  analystIds: z.array(memberIdSchema).max(64),
  analystRoles: z.array(roleSchema).max(10),
  /** Any version of these products. */
  productIds: z.array(productIdSchema).min(1).max(64),
  purposes: z.array(purposeSchema).min(1),
  functions: z.array(queryFunctionSchema).min(1),
  /** `noisy`: noisy release only. */
  release: releaseSchema,
  maxEpsilonPerEpochMicro: epsilonMicroSchema,
  maxUses: z.number().int().min(1).max(1_000_000),
  /** From the granting on. */
  maxDays: z.number().int().min(1).max(3660),
  minimumPrice: amountSchema,
  /** What the granted consent demands; at least the product's own. */
  minCohort: z.number().int().min(2).max(100_000),
});
export type AutoApprovalRule = z.infer<typeof autoApprovalRuleSchema>;

/** A contributor's own file; it never leaves its machine. */
export const autoApprovalSchema = z.strictObject({
  format: z.literal('veilsum-auto-approval/1'),
  rules: z.array(autoApprovalRuleSchema).min(1).max(64),
});
export type AutoApproval = z.infer<typeof autoApprovalSchema>;
