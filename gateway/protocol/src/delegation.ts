import { z } from 'zod';
import {
  delegationIdSchema,
  memberIdSchema,
  productIdSchema,
  queryIdSchema,
} from './identifiers.js';
import { purposeSchema } from './product.js';
import { amountSchema, epsilonMicroSchema, timestampSchema } from './quantities.js';

/** What a principal lets an agent ask at its expense; argument of `delegation:grant`. */
export const delegationTermsSchema = z.strictObject({
  format: z.literal('veilsum-delegation/1'),
  delegationId: delegationIdSchema,
  /** A person or a program: a member who is an analyst and signs its own queries. */
  agentId: memberIdSchema,
  purposes: z.array(purposeSchema).min(1),
  /** Products that it may ask; all of them when absent. */
  productIds: z.array(productIdSchema).min(1).max(64).optional(),
  maxPricePerQuery: amountSchema,
  /** Of all its queries together, in minor units; what is refunded can be used again. */
  moneyBudget: amountSchema,
  /** 0 allows exact releases only. */
  epsilonPerQueryMicro: epsilonMicroSchema,
  /** Of all its queries together; what is given back can be used again. */
  epsilonBudgetMicro: epsilonMicroSchema,
  /** Queries that were authorised and not given back. */
  maxQueries: z.number().int().min(1).max(1_000_000),
  notBefore: timestampSchema,
  notAfter: timestampSchema,
});
export type DelegationTerms = z.infer<typeof delegationTermsSchema>;

/** A delegation as everyone reads it. */
export const delegationSchema = delegationTermsSchema.extend({
  principalId: memberIdSchema,
  status: z.enum(['active', 'revoked']),
  givenAt: timestampSchema,
  changedAt: timestampSchema,
});
export type Delegation = z.infer<typeof delegationSchema>;

/** What the queries of a delegation have taken of its limits, without what was given back. */
export const delegationUseSchema = z.strictObject({
  delegationId: delegationIdSchema,
  queries: z.number().int().min(0),
  /** Minor units. */
  money: amountSchema,
  epsilonMicro: z.number().int().min(0),
});
export type DelegationUse = z.infer<typeof delegationUseSchema>;

/** Answer of `delegation:read`. */
export const delegationStateSchema = z.strictObject({
  delegation: delegationSchema,
  use: delegationUseSchema,
});
export type DelegationState = z.infer<typeof delegationStateSchema>;

/** What one query takes of its delegation. */
export const delegatedPartSchema = z.strictObject({
  queryId: queryIdSchema,
  delegationId: delegationIdSchema,
  /** 1 while the query counts, 0 once it was given back. */
  queries: z.number().int().min(0).max(1),
  money: amountSchema,
  epsilonMicro: z.number().int().min(0),
});
export type DelegatedPart = z.infer<typeof delegatedPartSchema>;
