/**
 * The longest time without an entry, in milliseconds.
 * @param timesMs - ascending
 */
export function longestGapMs(timesMs: readonly number[], fromMs: number, untilMs: number): number {
  let [gapMs, lastMs] = [0, fromMs];
  for (const timeMs of [...timesMs.filter((time) => time > fromMs && time < untilMs), untilMs]) {
    gapMs = Math.max(gapMs, timeMs - lastMs);
    lastMs = timeMs;
  }
  return Math.round(gapMs);
}
