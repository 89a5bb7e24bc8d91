import {
  proposalSchema,
  proposedChangeSchema,
  representativeSchema,
  type Proposal,
  type Representative,
} from '@veilsum/protocol';
import type { z } from 'zod';
import type { StateKind } from './world-state.js';

/** proposalId */
export const proposals: StateKind<Proposal> = {
  type: 'proposal',
  noun: 'proposal',
  schema: proposalSchema,
  notFound: 'NOT_FOUND',
};

/** proposalId: what it would change; written once and never again */
export const proposedChanges: StateKind<z.infer<typeof proposedChangeSchema>> = {
  type: 'proposedChange',
  noun: 'proposed change',
  schema: proposedChangeSchema,
  notFound: 'NOT_FOUND',
};

/**
 * mspId, memberId: the active members with power over the rules. They are few, and their list changes only
 * with the rules, so reading it does not conflict with a crowd that registers.
 */
export const representatives: StateKind<Representative> = {
  type: 'representative',
  noun: 'representative',
  schema: representativeSchema,
  notFound: 'NOT_FOUND',
};
