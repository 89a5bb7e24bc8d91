import type { ErrorCodeEntry } from './error-code-entry.js';

/** Delegations to agents, consent templates and automatic approvals. */
export const delegationCodes = {} as const satisfies Record<string, ErrorCodeEntry>;
