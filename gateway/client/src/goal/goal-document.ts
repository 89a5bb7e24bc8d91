import { randomBytes } from 'node:crypto';
import {
  agreementTermsSchema,
  bonusSchema,
  goalTermsSchema,
  type AgreementTerms,
  type GoalTerms,
} from '@veilsum/protocol';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { exactNumberField } from '../document/exact-number.js';

/** A moment as people write it, like 2027-06-30 (its end, UTC) or 2027-06-30T12:00:00Z. */
const momentField = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/, 'like 2027-06-30')
  .transform((text) => Date.parse(text.length === 10 ? `${text}T23:59:59Z` : text));

/** A goal as a file: figures like 0.92, dates like 2027-06-30, and no id. */
export const goalDocumentSchema = goalTermsSchema
  .omit({ goalId: true })
  .extend({ baseline: exactNumberField, target: exactNumberField, deadline: momentField });

const bonusDocumentSchema = z.union([
  z.strictObject({
    kind: z.literal('per-step'),
    step: exactNumberField,
    amount: z.string(),
  }),
  bonusSchema,
]);

/** An agreement as a file: figures like 0.92, dates like 2027-06-30, and no id. */
export const agreementDocumentSchema = agreementTermsSchema
  .omit({ agreementId: true })
  .extend({ baseline: exactNumberField, bonus: bonusDocumentSchema, until: momentField });

/** The terms of a goal under a fresh id. @throws {@link VeilsumError} INVALID_ARGUMENT */
export function goalTermsOf(document: z.infer<typeof goalDocumentSchema>): GoalTerms {
  return parseAs(goalTermsSchema, { ...document, goalId: freshId() }, 'The goal');
}

/** The terms of an agreement under a fresh id. @throws {@link VeilsumError} INVALID_ARGUMENT */
export function agreementTermsOf(
  document: z.infer<typeof agreementDocumentSchema>,
): AgreementTerms {
  return parseAs(agreementTermsSchema, { ...document, agreementId: freshId() }, 'The agreement');
}

const freshId = () => randomBytes(16).toString('hex');
