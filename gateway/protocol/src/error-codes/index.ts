import { alertCodes } from './alert-codes.js';
import { callCodes } from './call-codes.js';
import { contributionCodes } from './contribution-codes.js';
import { delegationCodes } from './delegation-codes.js';
import type { ErrorCodeEntry } from './error-code-entry.js';
import { governanceCodes } from './governance-codes.js';
import { machineCodes } from './machine-codes.js';
import { oversightCodes } from './oversight-codes.js';
import { queryCodes } from './query-codes.js';
import { rewardCodes } from './reward-codes.js';
import { rulebookCodes } from './rulebook-codes.js';

export type { ErrorCodeEntry } from './error-code-entry.js';

/** Every refusal and failure, the same in API, command line and ledger. Append-only once released. */
export const errorCodes = {
  ...callCodes,
  ...contributionCodes,
  ...queryCodes,
  ...machineCodes,
  ...governanceCodes,
  ...rulebookCodes,
  ...oversightCodes,
  ...rewardCodes,
  ...delegationCodes,
  ...alertCodes,
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
