import { z } from 'zod';
import { memberIdSchema, queryIdSchema, transferIdSchema } from './identifiers.js';
import { amountSchema, integerStringSchema, timestampSchema } from './quantities.js';

/**
 * Whose money: `member:<id>`, `escrow:<queryId>`, `fund:subsidy`, or `external`, the world outside,
 * which is what members' balances are held against.
 */
export const accountIdSchema = z
  .string()
  .regex(/^(member:[a-z0-9-]{2,64}|escrow:[0-9a-f]{32}|fund:subsidy|external)$/);

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
