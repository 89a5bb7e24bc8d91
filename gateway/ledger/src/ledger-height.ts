import { setTimeout as delay } from 'node:timers/promises';

import { VeilsumError } from '@veilsum/protocol';

import type { Ledger } from './ledger.js';

/**
 * Header of calls to a gateway: how many blocks the caller has seen, decimal. Members look at different
 * peers, of which one may be behind; the gateway decides on nothing older than what the caller knows.
 */
export const LEDGER_HEIGHT_HEADER = 'veilsum-ledger-height';

const POLL_MS = 50;
const PATIENCE_MS = 5000;

/**
 * Waits until a member's own view of the ledger has a number of blocks that was seen elsewhere.
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE when it does not get there in time
 */
export async function waitForHeight(
  view: Pick<Ledger, 'height'>,
  height: number,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const ended = new AbortController();
  const expiry = delay(patienceMs, 'expired' as const, { signal: ended.signal });
  expiry.catch(() => undefined);
  try {
    for (;;) {
      const seen = await Promise.race([view.height(), expiry]);
      if (seen === 'expired') throw behind(height);
      if (seen >= height) return;
      if ((await Promise.race([delay(POLL_MS), expiry])) === 'expired') throw behind(height);
    }
  } finally {
    ended.abort();
  }
}

function behind(height: number): VeilsumError {
  return new VeilsumError(
    'LEDGER_UNAVAILABLE',
    `This view of the ledger does not have the ${height} blocks yet that were seen elsewhere; try again.`,
  );
}
