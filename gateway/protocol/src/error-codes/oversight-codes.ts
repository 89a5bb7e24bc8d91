import type { ErrorCodeEntry } from './error-code-entry.js';

/** Questions, incidents, commitments and openings. */
export const oversightCodes = {} as const satisfies Record<string, ErrorCodeEntry>;
