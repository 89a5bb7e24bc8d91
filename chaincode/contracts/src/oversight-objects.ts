import {
  askedQuestionSchema,
  commitmentSchema,
  epochSchema,
  memberIdSchema,
  productIdSchema,
  questionAnswerSchema,
} from '@veilsum/protocol';
import { z, type ZodType } from 'zod';
import type { StateKind } from './world-state.js';

const kind = <Value>(type: string, noun: string, schema: ZodType<Value>): StateKind<Value> => ({
  type,
  noun,
  schema,
  notFound: 'NOT_FOUND',
});

/** questionId */
export const questions = kind('question', 'question', askedQuestionSchema);

/** questionId, {@link revisionPart} */
export const answers = kind('answer', 'answer', questionAnswerSchema);

/** Padded so that revisions list in order. */
export const revisionPart = (revision: number): string => String(revision).padStart(6, '0');

/** productId, epoch, contributorId: one for each */
export const commitments = kind('commitment', 'commitment', commitmentSchema);

/** commitmentId: where the commitment lies */
export const commitmentPlaces = kind(
  'commitmentPlace',
  'commitment',
  z.strictObject({
    productId: productIdSchema,
    epoch: epochSchema,
    contributorId: memberIdSchema,
  }),
);
