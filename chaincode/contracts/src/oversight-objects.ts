import {
  askedQuestionSchema,
  commitmentSchema,
  contributionStatusSchema,
  epochSchema,
  incidentIdSchema,
  incidentSchema,
  incidentVoteSchema,
  memberIdSchema,
  openingIdSchema,
  openingSchema,
  openingTaskSchema,
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

/** Whom an incident is held against, or {@link NOBODY}; incidentId */
export const incidents = kind('incident', 'incident', incidentSchema);

/** In the place of a memberId; no member can have this id. */
export const NOBODY = '*';

/** incidentId: where the incident lies */
export const incidentPlaces = kind(
  'incidentPlace',
  'incident',
  z.strictObject({ memberId: z.union([memberIdSchema, z.literal(NOBODY)]) }),
);

/** incidentId, role: the last decision of each of the two who decide */
export const incidentVotes = kind('incidentVote', 'decision', incidentVoteSchema);

/** memberId, incidentId: what the member earns goes to its frozen account while one is there */
export const rewardFreezes = kind(
  'rewardFreeze',
  'freeze of rewards',
  z.strictObject({ incidentId: incidentIdSchema }),
);

/** contributionId: what a frozen contribution was before */
export const contributionFreezes = kind(
  'contributionFreeze',
  'freeze of a contribution',
  z.strictObject({ was: contributionStatusSchema }),
);

/** openingId */
export const openings = kind('opening', 'opening', openingSchema);

/** productId, epoch, legalEntityId of the auditor: its one opening */
export const openingPlaces = kind(
  'openingPlace',
  'opening',
  z.strictObject({ openingId: openingIdSchema }),
);

/** contributorId, openingId, contributionId */
export const openingTasks = kind('openingTask', 'opening of a contribution', openingTaskSchema);
