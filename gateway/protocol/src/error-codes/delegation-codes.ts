import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Delegations to agents, consent templates and automatic approvals. */
export const delegationCodes = {
  DELEGATION_NOT_FOUND: entry(
    404,
    false,
    'There is no such delegation.',
    '`veilsum delegation list` shows which there are; without one, leave the delegation out and pay yourself.',
    'There is no delegation 7f3a….',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
