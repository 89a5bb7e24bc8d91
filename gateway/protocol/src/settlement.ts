import { z } from 'zod';
import { memberIdSchema, queryIdSchema, transferIdSchema } from './identifiers.js';
import { amountSchema, integerStringSchema, timestampSchema } from './quantities.js';

/**
 * Whose money: `member:<id>`, `frozen:<id>` (a member's rewards that an incident holds back),
 * `escrow:<queryId>`, `reserve:<agreementId>` (a bonus that may fall due), `fund:subsidy`, or `external`,
 * the world outside, which is what members' balances are held against.
 */
export const accountIdSchema = z
  .string()
  .regex(/^((member|frozen):[a-z0-9-]{2,64}|(escrow|reserve):[0-9a-f]{32}|fund:subsidy|external)$/);

/** One line of the append-only journal: `amount` minor units leave `debit` and enter `credit`. */
export const journalEntrySchema = z.strictObject({
  /** Transaction id and position in it: unique, and says where it came from. */
  entryId: z.string(),
  at: timestampSchema,
  debit: accountIdSchema,
  credit: accountIdSchema,
  amount: amountSchema,
  kind: z.enum([
    'deposit',
    'withdrawal',
    'escrow',
    'refund',
    'contributor-minimum',
    'contributor-coverage',
    'keyholder-fee',
    'operator-fee',
    'subsidy-fund',
    'subsidy-price',
    'subsidy-top-up',
    'cost-compensation',
    'bonus-reserve',
    'performance-bonus',
    'bonus-return',
    'reward-release',
    'reward-forfeit',
  ]),
  queryId: queryIdSchema.optional(),
  reference: z.string().max(200).optional(),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

export const accountSchema = z.strictObject({
  accountId: accountIdSchema,
  /** Negative only for `external`. */
  balance: integerStringSchema,
});
export type Account = z.infer<typeof accountSchema>;

/** Argument of `account:proposeTransfer`: the member claims that money came in or should go out. */
export const transferProposalSchema = z.strictObject({
  format: z.literal('veilsum-transfer/1'),
  transferId: transferIdSchema,
  kind: z.enum(['deposit', 'withdrawal']),
  amount: amountSchema,
  /** Reference of the payment outside, e.g. a bank statement line; no personal data. */
  reference: z.string().min(1).max(200),
});
export type TransferProposal = z.infer<typeof transferProposalSchema>;

/** A transfer waits until the operator confirms it with a second signature. */
export const transferSchema = transferProposalSchema.extend({
  memberId: memberIdSchema,
  status: z.enum(['proposed', 'confirmed']),
  proposedAt: timestampSchema,
  confirmedBy: memberIdSchema.optional(),
});
export type Transfer = z.infer<typeof transferSchema>;

/** Who gets what of one price; the parts add up to the price. */
export const settlementShareSchema = z.strictObject({
  accountId: accountIdSchema,
  amount: amountSchema,
  kind: journalEntrySchema.shape.kind,
});
export type SettlementShare = z.infer<typeof settlementShareSchema>;

/** Argument of `query:disputeShare` by the analyst: which recorded share did not reach it. */
export const shareReferenceSchema = z.strictObject({
  queryId: queryIdSchema,
  attempt: z.number().int().min(1),
  index: z.number().int().min(1).max(16),
});
export type ShareReference = z.infer<typeof shareReferenceSchema>;

/**
 * Argument of `query:answerDispute` by that keyholder: base64 of the sealed bytes of its share, at most
 * 675,000 of them. Public; only the analyst can open them.
 */
export const disputeAnswerSchema = shareReferenceSchema.extend({
  sealedShare: z.string().min(4).max(900_000),
});
export type DisputeAnswer = z.infer<typeof disputeAnswerSchema>;

/** A share that the analyst reported missing. Unanswered at its deadline, the keyholder loses its fee. */
export const shareDisputeSchema = shareReferenceSchema.extend({
  raisedAt: timestampSchema,
  answerDeadline: timestampSchema,
  status: z.enum(['open', 'answered']),
});
export type ShareDispute = z.infer<typeof shareDisputeSchema>;
