import { z } from 'zod';
import {
  legalEntityIdSchema,
  memberIdSchema,
  productIdSchema,
  queryIdSchema,
} from './identifiers.js';
import { memberSchema } from './member.js';
import { amountSchema, epochSchema, timestampSchema } from './quantities.js';
import { accountIdSchema, settlementShareSchema } from './settlement.js';

/** Argument of `settlement:proposeCost`: what a contributor's work for one product and epoch costs. */
export const costTermsSchema = z.strictObject({
  format: z.literal('veilsum-cost/1'),
  productId: productIdSchema,
  epoch: epochSchema,
  amount: amountSchema,
  /** Where the cost is written down outside; no personal data. */
  reference: z.string().min(1).max(200),
});
export type CostTerms = z.infer<typeof costTermsSchema>;

/** A registered cost; it counts from its second signature on. */
export const costSchema = costTermsSchema.extend({
  contributorId: memberIdSchema,
  status: z.enum(['proposed', 'confirmed']),
  proposedAt: timestampSchema,
  confirmedBy: memberIdSchema.optional(),
  confirmedAt: timestampSchema.optional(),
  /** Over all queries of the epoch so far; never more than the amount. */
  repaid: amountSchema,
});
export type Cost = z.infer<typeof costSchema>;

/** What the subsidy fund did for a small contributor at a settlement, or why it did not. */
export const topUpSchema = z.strictObject({
  memberId: memberIdSchema,
  /** Its part of the price. */
  share: amountSchema,
  amount: amountSchema,
  reason: z.enum(['paid', 'capped', 'fund-low', 'fund-empty', 'own-query']),
});
export type TopUp = z.infer<typeof topUpSchema>;

/** A member as settlement sees it. */
const partySchema = z.strictObject({
  memberId: memberIdSchema,
  legalEntityId: legalEntityIdSchema,
  size: memberSchema.shape.size,
});

/** All that a settlement depends on but the reward scheme and the fund; answer of `settlement:facts`. */
export const settlementFactsSchema = z.strictObject({
  queryId: queryIdSchema,
  productId: productIdSchema,
  epoch: epochSchema,
  authorisedAt: timestampSchema,
  /** As escrowed. */
  price: amountSchema,
  /** What the product asks at least. */
  productPrice: amountSchema,
  payer: partySchema,
  /** Who paid what into the escrow. */
  payments: z.array(z.strictObject({ accountId: accountIdSchema, amount: amountSchema })).min(1),
  /** Of all groups, none twice. */
  cells: z.array(z.number().int().min(0)),
  contributors: z.array(
    partySchema.extend({
      minimum: amountSchema,
      coverage: z.array(z.number().int().min(0)),
      registeredAt: timestampSchema,
      /** Whether an opening of the contribution agreed with its ciphertexts. */
      agreedOpening: z.boolean(),
      /** Registered cost that is not repaid yet. */
      outstandingCost: amountSchema,
    }),
  ),
  keyholders: z.array(z.strictObject({ memberId: memberIdSchema, delivered: z.boolean() })),
  operatorId: memberIdSchema,
});
export type SettlementFacts = z.infer<typeof settlementFactsSchema>;

/** Answer of `settlement:explain`: a query's money in words. */
export const settlementExplanationSchema = z.strictObject({
  queryId: queryIdSchema,
  price: amountSchema,
  /** 0: the split that the consortium was founded on. */
  rewardSchemeVersion: z.number().int().min(0),
  payments: settlementFactsSchema.shape.payments,
  /** What the fund added to the price, or why it did not. */
  priceSupport: z.string(),
  /** Empty until it is settled. */
  shares: z.array(settlementShareSchema),
  topUps: z.array(topUpSchema),
});
export type SettlementExplanation = z.infer<typeof settlementExplanationSchema>;
