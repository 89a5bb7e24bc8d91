import {
  amountSchema,
  attemptRecordSchema,
  attemptSchema,
  consentIdSchema,
  contributionIdSchema,
  legalEntityIdSchema,
  memberIdSchema,
  privacyAccountSchema,
  queryIdSchema,
  queryRecordSchema,
  releaseSchema,
  settlementShareSchema,
  shareDisputeSchema,
} from '@veilsum/protocol';
import { z, type ZodType } from 'zod';
import type { StateKind } from './world-state.js';

const kind = <Value>(type: string, noun: string, schema: ZodType<Value>): StateKind<Value> => ({
  type,
  noun,
  schema,
  notFound: 'NOT_FOUND',
});

/** queryId */
export const queries = kind('query', 'query', queryRecordSchema);

/** A contribution of a cohort with the terms that were in force when its query was authorised. */
const cohortRowSchema = z.strictObject({
  contributionId: contributionIdSchema,
  contributorId: memberIdSchema,
  consentId: consentIdSchema,
  legalEntityId: legalEntityIdSchema,
  minimumPrice: amountSchema,
});
export type CohortRow = z.infer<typeof cohortRowSchema>;

/** queryId, contributionId */
export const cohortRows = kind('queryCohort', 'cohort row', cohortRowSchema);

/**
 * productId, epoch, queryId: the cohort of a plan that was or can still be read. It goes when the query
 * ends without a recorded share, and with it the fixing of an exact cohort.
 */
export const countedPlans = kind(
  'countedPlan',
  'counted plan',
  z.strictObject({
    queryId: queryIdSchema,
    release: releaseSchema,
    cohort: z.array(
      z.strictObject({ contributionId: contributionIdSchema, legalEntityId: legalEntityIdSchema }),
    ),
  }),
);

/** resultKey: the query that used it; it stays used */
export const resultKeys = kind(
  'resultKey',
  'result key',
  z.strictObject({ queryId: queryIdSchema }),
);

/** budgetGroup, epoch, memberId */
export const privacyAccounts = kind('privacyAccount', 'privacy account', privacyAccountSchema);

/**
 * consentId: queries counted against it. Apart from the consent, which every share record reads: a new
 * query must not get in the way of those that are being opened.
 */
export const consentUses = kind(
  'consentUse',
  'use count',
  z.strictObject({ consentId: consentIdSchema, uses: z.number().int().min(0) }),
);

/** queryId, {@link attemptPart}: attempts before the current one, which stands in the query */
export const pastAttempts = kind('attempt', 'attempt', attemptSchema);

/** queryId, {@link attemptPart}, index */
export const blindings = kind(
  'blinding',
  'blinding record',
  attemptRecordSchema.shape.blindings.element,
);

/** queryId, {@link attemptPart}, index */
export const shares = kind('share', 'share record', attemptRecordSchema.shape.shares.element);

/** queryId, {@link attemptPart}, index */
export const refusals = kind('refusal', 'refusal', attemptRecordSchema.shape.refusals.element);

/** queryId, {@link attemptPart}, index */
export const disputes = kind('dispute', 'dispute', shareDisputeSchema);

/** queryId, {@link attemptPart}, index: base64 of the sealed share, apart from the dispute for its size */
export const disputeAnswers = kind(
  'disputeAnswer',
  'posted share',
  z.strictObject({ sealedShare: z.string() }),
);

/** queryId, n: who got what of the escrow */
export const settlementShares = kind('settlementShare', 'settlement share', settlementShareSchema);

/** Padded so that attempts and keyholders list in order. */
export const attemptPart = (attempt: number): string => String(attempt).padStart(3, '0');

/** The key parts of what a keyholder recorded in an attempt. */
export const keyholderParts = (
  queryId: string,
  attempt: number,
  index: number,
): [string, string, string] => [queryId, attemptPart(attempt), String(index).padStart(3, '0')];
