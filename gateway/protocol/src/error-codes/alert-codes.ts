import { entry, type ErrorCodeEntry } from './error-code-entry.js';

/** Alerts, webhooks and the watcher that sends them. */
export const alertCodes = {
  WEBHOOK_UNSAFE: entry(
    422,
    false,
    'A webhook is not set up safely.',
    'Use https and a secret file of mode 600 as docs/alerts.md describes.',
    'The address of webhook pager has to begin with https://, or http:// to this machine itself.',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
