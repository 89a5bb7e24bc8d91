import { delegationSchema, type Delegation } from '@veilsum/protocol';
import type { StateKind } from './world-state.js';

/** delegationId */
export const delegations: StateKind<Delegation> = {
  type: 'delegation',
  noun: 'delegation',
  schema: delegationSchema,
  notFound: 'DELEGATION_NOT_FOUND',
};
