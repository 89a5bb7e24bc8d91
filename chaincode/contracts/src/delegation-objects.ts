import {
  delegatedPartSchema,
  delegationSchema,
  delegationUseSchema,
  type DelegatedPart,
  type Delegation,
  type DelegationUse,
} from '@veilsum/protocol';
import type { StateKind } from './world-state.js';

/** delegationId */
export const delegations: StateKind<Delegation> = {
  type: 'delegation',
  noun: 'delegation',
  schema: delegationSchema,
  notFound: 'DELEGATION_NOT_FOUND',
};

/**
 * delegationId: what its queries took together. One key, so that of two queries at once one conflicts; apart
 * from the delegation, which every share record reads.
 */
export const delegationUses: StateKind<DelegationUse> = {
  type: 'delegationUse',
  noun: 'use of a delegation',
  schema: delegationUseSchema,
  notFound: 'DELEGATION_NOT_FOUND',
};

/** queryId: what it took of its delegation */
export const delegatedParts: StateKind<DelegatedPart> = {
  type: 'delegatedPart',
  noun: 'delegated query',
  schema: delegatedPartSchema,
  notFound: 'NOT_FOUND',
};
