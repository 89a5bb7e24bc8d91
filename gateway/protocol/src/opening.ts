import { z } from 'zod';
import {
  contributionIdSchema,
  hashSchema,
  memberIdSchema,
  openingIdSchema,
  productIdSchema,
  queryIdSchema,
} from './identifiers.js';
import { epochSchema, timestampSchema } from './quantities.js';

/** Argument of `opening:commit`: an auditor fixes its randomness before the epoch's contributions. */
export const openingCommitmentSchema = z.strictObject({
  openingId: openingIdSchema,
  productId: productIdSchema,
  epoch: epochSchema,
  /** SHA-256 of 32 random bytes that the auditor keeps. */
  randomnessHash: hashSchema,
});
export type OpeningCommitment = z.infer<typeof openingCommitmentSchema>;

/** Argument of `opening:reveal`, after the epoch: 32 bytes in hex. */
export const openingRevealSchema = z.strictObject({
  openingId: openingIdSchema,
  randomness: hashSchema,
});
export type OpeningReveal = z.infer<typeof openingRevealSchema>;

/** Blocks that contributors show to one auditor (docs/protocol.md §9). */
export const openingSchema = z.strictObject({
  openingId: openingIdSchema,
  productId: productIdSchema,
  epoch: epochSchema,
  auditorId: memberIdSchema,
  /** random: blocks that a hash names. undecodable: all blocks of a group whose sum does not decode. */
  cause: z.enum(['random', 'undecodable']),
  status: z.enum(['committed', 'revealed']),
  committedAt: timestampSchema,
  randomnessHash: hashSchema.optional(),
  randomness: hashSchema.optional(),
  revealedAt: timestampSchema.optional(),
  queryId: queryIdSchema.optional(),
  group: z.number().int().min(0).optional(),
});
export type Opening = z.infer<typeof openingSchema>;

/** One contribution of an opening. */
const taskReference = {
  openingId: openingIdSchema,
  contributionId: contributionIdSchema,
} as const;
export const openingTaskReferenceSchema = z.strictObject(taskReference);
export type OpeningTaskReference = z.infer<typeof openingTaskReferenceSchema>;

/** Argument of `opening:answer` by the contributor, and of `opening:markDelivered` by the gateway. */
export const openingAnswerSchema = z.strictObject({
  ...taskReference,
  /** SHA-256 of the sealed answer. */
  answerHash: hashSchema,
});
export type OpeningAnswer = z.infer<typeof openingAnswerSchema>;

/** Argument of `opening:conclude` by whom the answer was sealed to. */
export const openingConclusionSchema = z.strictObject({
  ...taskReference,
  outcome: z.enum(['agreed', 'mismatch']),
  /** SHA-256 of the check that the auditor keeps. */
  evidenceHash: hashSchema,
});
export type OpeningConclusion = z.infer<typeof openingConclusionSchema>;

/** Argument of `opening:contest` by the contributor: another auditor or a regulator concludes anew. */
export const openingContestSchema = z.strictObject({ ...taskReference, judgeId: memberIdSchema });
export type OpeningContest = z.infer<typeof openingContestSchema>;

/** What a contributor has to show of one contribution, and what came of it. */
export const openingTaskSchema = z.strictObject({
  ...taskReference,
  contributorId: memberIdSchema,
  productId: productIdSchema,
  epoch: epochSchema,
  /** To whom the answer is sealed, and who concludes. */
  judgeId: memberIdSchema,
  /** Ascending rows of the container: cell · blocks + block. */
  rows: z.array(z.number().int().min(0)).min(1),
  /** How long an answer and a contest may take. */
  answerMs: z.number().int().min(1000),
  deadline: timestampSchema,
  /** named: the answer's hash is on the ledger. answered: the gateway holds its bytes. */
  status: z.enum(['due', 'named', 'answered', 'agreed', 'mismatch']),
  answerHash: hashSchema.optional(),
  /** The first one, and the one after a contest. */
  conclusions: z
    .array(
      z.strictObject({
        judgeId: memberIdSchema,
        outcome: openingConclusionSchema.shape.outcome,
        evidenceHash: hashSchema,
        concludedAt: timestampSchema,
      }),
    )
    .max(2),
});
export type OpeningTask = z.infer<typeof openingTaskSchema>;

/** Answer of `opening:read`. */
export const openingRecordSchema = z.strictObject({
  opening: openingSchema,
  tasks: z.array(openingTaskSchema),
});
export type OpeningRecord = z.infer<typeof openingRecordSchema>;

/** What a contributor seals to the auditor: the contents of the named blocks. Secret. */
export const openingContentSchema = z.strictObject({
  format: z.literal('veilsum-opening/1'),
  ...taskReference,
  rows: z
    .array(
      z.strictObject({
        row: z.number().int().min(0),
        /** The plaintext M, signed. */
        message: z.string().regex(/^(0|-?[1-9]\d*)$/),
        /** The exponent α, unpadded lower-case hex. */
        alpha: z.string().regex(/^(0|[1-9a-f][0-9a-f]*)$/),
      }),
    )
    .min(1),
});
export type OpeningContent = z.infer<typeof openingContentSchema>;
