import { z } from 'zod';
import {
  boxPublicKeySchema,
  contributionIdSchema,
  delegationIdSchema,
  entryIdSchema,
  goalIdSchema,
  hashSchema,
  keyIdSchema,
  memberIdSchema,
  productIdSchema,
  queryIdSchema,
  questionIdSchema,
} from './identifiers.js';
import {
  amountSchema,
  epochSchema,
  epsilonMicroSchema,
  integerStringSchema,
  timestampSchema,
} from './quantities.js';
import { roleSchema } from './member.js';
import { classificationSchema, purposeSchema, queryFunctionSchema } from './product.js';
import { releaseSchema } from './consent.js';
import { verdictSchema } from './verdict.js';

/** Argument of `query:request` and `query:quote`. */
export const queryRequestSchema = z.strictObject({
  format: z.literal('veilsum-query/1'),
  queryId: queryIdSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  epoch: epochSchema,
  purpose: purposeSchema,
  function: queryFunctionSchema,
  /** One measure; two for a ratio (numerator, denominator); none for count and for a share of counts. */
  measures: z.array(z.string().min(1).max(64)).max(2),
  /** Dimensions that stay apart in the result; the others are summed over. */
  groupBy: z.array(z.string().min(1).max(64)).max(8),
  /** For a dimension, the values that count; a dimension not named counts whole. */
  where: z.record(z.string(), z.array(z.string()).min(1)),
  span: z.enum(['lane', 'epoch']),
  release: releaseSchema,
  /** 0 for exact release. */
  epsilonMicro: epsilonMicroSchema,
  maximumPrice: amountSchema,
  resultKey: boxPublicKeySchema,
  /** The delegation under which an agent asks; its principal pays. */
  delegationId: delegationIdSchema.optional(),
  /** Answered questions that the analyst relies on in good faith. */
  questionIds: z.array(questionIdSchema).min(1).max(8).optional(),
  /** The goal that this statistic measures. */
  goalId: goalIdSchema.optional(),
});
export type QueryRequest = z.infer<typeof queryRequestSchema>;

/** The authorised plan of docs/protocol.md §6.1; its canonical JSON is what `planHash` hashes. */
export const planSchema = z.strictObject({
  analyst: memberIdSchema,
  authorisedAt: timestampSchema,
  cohort: z.array(contributionIdSchema).min(1),
  epoch: epochSchema,
  epsilonMicro: epsilonMicroSchema,
  format: z.literal('veilsum-plan/1'),
  function: queryFunctionSchema,
  groups: z
    .array(
      z.strictObject({
        cells: z.array(z.number().int().min(0)).min(1),
        key: z.record(z.string(), z.string()),
      }),
    )
    .min(1),
  keyId: keyIdSchema,
  layoutHash: hashSchema,
  /** `plane` is the index in the product's planes; sensitivity "0" and epsilonMicro 0 in exact plans. */
  planes: z
    .array(
      z.strictObject({
        epsilonMicro: epsilonMicroSchema,
        plane: z.number().int().min(0),
        sensitivity: integerStringSchema,
      }),
    )
    .min(1),
  price: amountSchema,
  productId: productIdSchema,
  productVersion: z.number().int().min(1),
  purpose: purposeSchema,
  queryId: queryIdSchema,
  release: releaseSchema,
  resultKey: boxPublicKeySchema,
  /** 0 until a rulebook is in force. */
  rulebookVersion: z.number().int().min(0),
});
export type Plan = z.infer<typeof planSchema>;

/**
 * reviewing: a named role decides whether it goes on. authorised: blinding round open. blinded: A is fixed.
 * released: t shares recorded. The last four are final.
 */
export const queryStatusSchema = z.enum([
  'reviewing',
  'authorised',
  'blinded',
  'released',
  'settled',
  'refused',
  'expired',
  'failed',
]);
export type QueryStatus = z.infer<typeof queryStatusSchema>;

/** One try at opening a plan (docs/protocol.md §6.8); `keyholders` is A once fixed, else empty. */
export const attemptSchema = z.strictObject({
  attempt: z.number().int().min(1),
  state: z.enum(['blinding', 'opening', 'ended']),
  openedAt: timestampSchema,
  blindingDeadline: timestampSchema,
  /** Counted from the fixing of A; 0 while the round is open. */
  releaseDeadline: timestampSchema,
  keyholders: z.array(z.number().int().min(1).max(16)),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** What one review point of the rulebook says to a query. */
export const reviewDecisionSchema = z.strictObject({
  reviewPointId: entryIdSchema,
  /** Who may decide. */
  role: roleSchema,
  /** Entries of the negative list that ask for it; none when the level of the data does. */
  entryIds: z.array(entryIdSchema),
  deadline: timestampSchema,
  status: z.enum(['open', 'approved', 'stopped', 'lapsed']),
  reviewerId: memberIdSchema.optional(),
  reason: z.string().min(1).max(500).optional(),
  decidedAt: timestampSchema.optional(),
});
export type ReviewDecision = z.infer<typeof reviewDecisionSchema>;

/** Why a query waits for somebody, and what was decided (docs/ledger.md, Rulebook). */
export const reviewSchema = z.strictObject({
  requestedAt: timestampSchema,
  /** The first deadline among the points that are open; of the last one when none is. */
  deadline: timestampSchema,
  /** approved once every point is; stopped or lapsed as soon as one is. */
  status: z.enum(['open', 'approved', 'stopped', 'lapsed']),
  points: z.array(reviewDecisionSchema).min(1),
});
export type Review = z.infer<typeof reviewSchema>;

/** Argument of `query:review`. */
export const reviewArgumentSchema = z.strictObject({
  queryId: queryIdSchema,
  decision: z.enum(['approve', 'stop']),
  /** For the analyst, and for everyone who reads the ledger; no personal data. */
  reason: z.string().min(1).max(500),
});
export type ReviewArgument = z.infer<typeof reviewArgumentSchema>;

/** A query as the ledger keeps it. `plan` and `planHash` are absent when it was refused. */
export const queryRecordSchema = z.strictObject({
  queryId: queryIdSchema,
  analystId: memberIdSchema,
  request: queryRequestSchema,
  status: queryStatusSchema,
  verdict: verdictSchema,
  plan: planSchema.optional(),
  planHash: hashSchema.optional(),
  attempt: attemptSchema.optional(),
  requestedAt: timestampSchema,
  changedAt: timestampSchema,
  /** Total ε charged so far over all attempts, in micro-ε. */
  chargedEpsilonMicro: z.number().int().min(0),
  settleDeadline: timestampSchema,
  review: reviewSchema.optional(),
  /** Who pays, when it is not the analyst: the principal of the delegation. */
  payerId: memberIdSchema.optional(),
  /** Level of the result (GB/T 43697-2024), when it was decided under a rulebook. */
  resultLevel: classificationSchema.optional(),
  /** Reward scheme in force when the query was authorised; absent: the split of the founding. */
  rewardSchemeVersion: z.number().int().min(1).optional(),
});
export type QueryRecord = z.infer<typeof queryRecordSchema>;

/** What the ledger holds of one attempt, as read by keyholders, gateway, analysts and auditors. */
export const attemptRecordSchema = z.strictObject({
  attempt: attemptSchema,
  blindings: z.array(z.strictObject({ index: z.number().int().min(1), blindingHash: hashSchema })),
  shares: z.array(
    z.strictObject({
      index: z.number().int().min(1),
      finalHash: hashSchema,
      shareHash: hashSchema,
    }),
  ),
  refusals: z.array(
    z.strictObject({
      index: z.number().int().min(1),
      code: z.string(),
      reason: z.string(),
      at: timestampSchema,
    }),
  ),
});
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** Answer of `query:quote`: what `query:request` would say now, without writing. */
export const quoteSchema = z.strictObject({
  verdict: verdictSchema,
  /** Who would have to approve it, and how long they have; absent when nobody has to. */
  reviews: z
    .array(
      z.strictObject({
        reviewPointId: entryIdSchema,
        title: z.string(),
        role: roleSchema,
        deadlineMs: z.number().int().min(1),
        entryIds: z.array(entryIdSchema),
      }),
    )
    .min(1)
    .optional(),
  /** Level of the result (GB/T 43697-2024); absent while no rulebook is in force. */
  resultLevel: classificationSchema.optional(),
  cohortSize: z.number().int().min(0),
  cohort: z.array(contributionIdSchema),
  price: amountSchema,
  priceSplit: z.strictObject({
    contributors: z.array(z.strictObject({ memberId: memberIdSchema, amount: amountSchema })),
    keyholders: amountSchema,
    operator: amountSchema,
    subsidyFund: amountSchema,
  }),
  epsilonMicro: epsilonMicroSchema,
  /** The least ε any member of the cohort has left afterwards in this budget group and epoch. */
  epsilonLeftMicro: z.number().int().min(0),
  /** What the subsidy fund would add to the price; absent for whoever it does not support. */
  priceSupport: amountSchema.optional(),
  groups: z.number().int().min(0),
  blocks: z.number().int().min(0),
  /** Per requested plane: noise scale facts from which a reader computes the expected error. */
  planes: z.array(
    z.strictObject({
      plane: z.number().int().min(0),
      name: z.string(),
      epsilonMicro: epsilonMicroSchema,
      sensitivity: integerStringSchema,
    }),
  ),
});
export type Quote = z.infer<typeof quoteSchema>;

/** Privacy account of (member, budget group, epoch). */
export const privacyAccountSchema = z.strictObject({
  memberId: memberIdSchema,
  budgetGroup: z.string(),
  epoch: epochSchema,
  spentMicro: z.number().int().min(0),
});
export type PrivacyAccount = z.infer<typeof privacyAccountSchema>;
