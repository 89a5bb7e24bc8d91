import type { ErrorCodeEntry } from './error-code-entry.js';

/** Alerts, webhooks and the watcher that sends them. */
export const alertCodes = {} as const satisfies Record<string, ErrorCodeEntry>;
