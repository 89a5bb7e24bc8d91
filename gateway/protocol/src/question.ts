import { z } from 'zod';
import { memberIdSchema, productIdSchema, questionIdSchema } from './identifiers.js';
import { timestampSchema } from './quantities.js';

/** Argument of `question:ask`. Public for ever, so without personal data (docs/ledger.md, Consultation). */
export const questionAskingSchema = z.strictObject({
  questionId: questionIdSchema,
  topic: z.string().min(1).max(120),
  text: z.string().min(1).max(2000),
  /** The product that it is about, any version. */
  productId: productIdSchema.optional(),
});
export type QuestionAsking = z.infer<typeof questionAskingSchema>;

export const askedQuestionSchema = questionAskingSchema.extend({
  askerId: memberIdSchema,
  askedAt: timestampSchema,
});
export type AskedQuestion = z.infer<typeof askedQuestionSchema>;

/** Argument of `question:answer`. */
export const questionAnsweringSchema = z.strictObject({
  questionId: questionIdSchema,
  text: z.string().min(1).max(4000),
  /** The rulebook that the answer explains. */
  rulebookVersion: z.number().int().min(1).max(1_000_000).optional(),
});
export type QuestionAnswering = z.infer<typeof questionAnsweringSchema>;

/** One revision of an answer; earlier ones stay readable. */
export const questionAnswerSchema = questionAnsweringSchema.extend({
  /** 1 for the first answer, one more with each amendment. */
  revision: z.number().int().min(1),
  answererId: memberIdSchema,
  answeredAt: timestampSchema,
});
export type QuestionAnswer = z.infer<typeof questionAnswerSchema>;

/** Answer of `question:read`, and each of `question:list`. */
export const questionRecordSchema = z.strictObject({
  question: askedQuestionSchema,
  /** All revisions, the first one first; none while nobody has answered. */
  answers: z.array(questionAnswerSchema),
});
export type QuestionRecord = z.infer<typeof questionRecordSchema>;
