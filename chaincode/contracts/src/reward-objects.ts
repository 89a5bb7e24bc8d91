import {
  agreementIdSchema,
  agreementSchema,
  contributionIdSchema,
  costSchema,
  goalOutcomeSchema,
  goalSchema,
  publishedGroupSchema,
  publishedResultSchema,
  rewardSchemeSchema,
  timestampSchema,
  topUpSchema,
} from '@veilsum/protocol';
import { z, type ZodType } from 'zod';
import type { StateKind } from './world-state.js';

const kind = <Value>(type: string, noun: string, schema: ZodType<Value>): StateKind<Value> => ({
  type,
  noun,
  schema,
  notFound: 'NOT_FOUND',
});

/** {@link schemeKey}: every scheme that was adopted, whether it is in force yet or not */
export const rewardSchemes = kind('rewardScheme', 'reward scheme', rewardSchemeSchema);

/** version; padded so that versions list in order */
export const schemeKey = (version: number): string => String(version).padStart(7, '0');

/** productId, epoch, contributorId */
export const costs = kind('cost', 'registered cost', costSchema);

/**
 * contributionId: written when an opening of the contribution agreed with its ciphertexts
 * (docs/protocol.md §9); it then counts as quality.
 */
export const agreedOpenings = kind(
  'agreedOpening',
  'agreed opening',
  z.strictObject({ contributionId: contributionIdSchema, at: timestampSchema }),
);

/** queryId, memberId: what the fund added to a small contributor's share, or why not */
export const settlementTopUps = kind('settlementTopUp', 'top-up', topUpSchema);

/** productId, epoch, queryId */
export const publishedResults = kind('publishedResult', 'published result', publishedResultSchema);

/** queryId, {@link groupPart} */
export const publishedGroups = kind('publishedGroup', 'published group', publishedGroupSchema);

/** index of a group of a plan; padded so that groups list in order */
export const groupPart = (group: number): string => String(group).padStart(6, '0');

/** agreementId */
export const agreements = kind('agreement', 'agreement', agreementSchema);

/** productId, epoch, agreementId: agreements that wait for a statistic */
export const waitingAgreements = kind(
  'waitingAgreement',
  'waiting agreement',
  z.strictObject({ agreementId: agreementIdSchema }),
);

/** goalId */
export const goals = kind('goal', 'goal', goalSchema);

/** goalId, queryId */
export const goalOutcomes = kind('goalOutcome', 'goal outcome', goalOutcomeSchema);
