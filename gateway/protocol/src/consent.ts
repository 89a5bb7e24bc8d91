import { z } from 'zod';
import {
  consentIdSchema,
  consentRequestIdSchema,
  hashSchema,
  memberIdSchema,
  productIdSchema,
  questionIdSchema,
} from './identifiers.js';
import { amountSchema, epsilonMicroSchema, timestampSchema } from './quantities.js';
import { purposeSchema, queryFunctionSchema } from './product.js';

/** Whether only noisy statistics, or exact ones too, may be opened. */
export const releaseSchema = z.enum(['noisy', 'exact']);
export type Release = z.infer<typeof releaseSchema>;

/** The terms a contributor sets; argument of `consent:grant` and `consent:amend`. */
export const consentTermsSchema = z.strictObject({
  format: z.literal('veilsum-consent/1'),
  consentId: consentIdSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  purposes: z.array(purposeSchema).min(1),
  functions: z.array(queryFunctionSchema).min(1),
  /** Roles (`role:analyst`) or members (`member:acme`) that may ask. */
  recipients: z.array(z.string().regex(/^(role|member):[a-z0-9-]{2,64}$/)).min(1),
  notBefore: timestampSchema,
  notAfter: timestampSchema,
  maxUses: z.number().int().min(1).max(1_000_000),
  minCohort: z.number().int().min(2).max(100_000),
  /** `exact` allows exact and noisy release; `noisy` allows noisy only. */
  release: releaseSchema,
  epsilonPerEpochMicro: epsilonMicroSchema,
  minimumPricePerUse: amountSchema,
  /** Whether a result may be made public; absent means it may not. */
  publication: z.literal(true).optional(),
  /** Answered questions that the contributor relies on in good faith. */
  questionIds: z.array(questionIdSchema).min(1).max(8).optional(),
  /** The request of an analyst that this consent answers; it stays as it is. */
  requestId: consentRequestIdSchema.optional(),
  /** SHA-256 of the receipt that the contributor keeps. */
  receiptHash: hashSchema,
});
export type ConsentTerms = z.infer<typeof consentTermsSchema>;

export const consentSchema = consentTermsSchema.extend({
  contributorId: memberIdSchema,
  /** 1 when given, one more with each amendment; earlier versions stay readable by history. */
  revision: z.number().int().min(1),
  status: z.enum(['active', 'withdrawn']),
  givenAt: timestampSchema,
  changedAt: timestampSchema,
});
export type Consent = z.infer<typeof consentSchema>;
