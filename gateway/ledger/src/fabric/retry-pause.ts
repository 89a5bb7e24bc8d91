import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait between attempts: doubling up to a limit, and random, so that rivals part. */
export interface PauseRange {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** While peers or orderers cannot be reached. */
export const OUTAGE_PAUSES: PauseRange = { firstMs: 50, longestMs: 1000 };

/** While other transactions change what this one reads: a block or two, then more. */
export const CONFLICT_PAUSES: PauseRange = { firstMs: 100, longestMs: 3000 };

/**
 * Milliseconds before the next attempt, between half of the attempt's longest pause and all of it.
 * @param failures - how many attempts failed so far, from 1
 * @param random - from 0 up to, not including, 1
 */
export function pauseMs(failures: number, range: PauseRange, random = Math.random()): number {
  const longest = Math.min(range.firstMs * 2 ** (failures - 1), range.longestMs);
  return longest / 2 + (random * longest) / 2;
}

/** Waits before the next attempt; ends at once when the signal aborts. */
export async function pause(
  failures: number,
  range: PauseRange,
  signal: AbortSignal,
): Promise<void> {
  await delay(pauseMs(failures, range), undefined, { signal }).catch(() => null);
}

/** A span of time that a call may take. */
export class Patience {
  readonly #endMs: number;

  constructor(spanMs: number) {
    this.#endMs = performance.now() + spanMs;
  }

  get isOver(): boolean {
    return this.remainingMs === 0;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endMs - performance.now());
  }
}
