import type { ErrorCodeEntry } from './error-code-entry.js';

/** Reward schemes, agreements, published results and goals. */
export const rewardCodes = {} as const satisfies Record<string, ErrorCodeEntry>;
