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
  RECEIPT_INVALID: entry(
    422,
    false,
    'The consent receipt is not what the ledger says.',
    'Write a fresh one with `veilsum consent receipt`, and ask whoever gave you this one.',
    'The receipt is not what the ledger says, in: record.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
