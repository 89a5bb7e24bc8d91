/** How often and how patiently something is tried again. */
export interface Backoff {
  readonly attemptsMax: number;
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
}

/** Waits that can be cut short. */
export type Sleep = (delayMs: number) => Promise<void>;

/** @param signal ends the wait early, without an error */
export function sleepUnder(signal?: AbortSignal): Sleep {
  return (delayMs) =>
    new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, delayMs);
      signal?.addEventListener('abort', finish);
      if (signal?.aborted === true) finish();
    });
}

/**
 * The wait before try number `attempt` + 1: doubled each time, and half of it left to chance so that
 * keyholders which failed together do not come back together.
 *
 * @param attempt tries made so far, from 1
 * @returns milliseconds
 */
export function delayAfter(attempt: number, { firstDelayMs, delayMsMax }: Backoff): number {
  const full = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (Math.random() * full) / 2;
}

/**
 * Repeats an idempotent call while its failure is of the kind that passes.
 *
 * @throws the last failure, or at once one that is not `retryable`
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  backoff: Backoff,
  options: { retryable: (error: unknown) => boolean; sleep: Sleep },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= backoff.attemptsMax || !options.retryable(error)) throw error;
      await options.sleep(delayAfter(attempt, backoff));
    }
  }
}
