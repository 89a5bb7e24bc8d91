const EVERY_MS = 100;

/** @returns a promise that resolves after that time */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again and again.
 * @returns whether the condition came true in time
 */
export async function waitUntil(
  condition: () => Promise<boolean>,
  { timeoutMs, everyMs = EVERY_MS }: { timeoutMs: number; everyMs?: number },
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await pause(everyMs);
  }
  return true;
}
