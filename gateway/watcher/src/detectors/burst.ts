/** Events that came close to each other. */
export interface Burst {
  /** Time of the first. */
  readonly from: number;
  /** Time of the last. */
  readonly to: number;
  readonly size: number;
}

/**
 * Finds where events came close together. A burst begins with `count` events within `withinMs` and goes
 * on until one comes later than that after the one before. It follows from the times alone, not from when
 * somebody looked.
 * @param times - milliseconds, in any order
 */
export function burstsOf(
  times: readonly number[],
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): Burst[] {
  const sorted = [...times].sort((left, right) => left - right);
  const bursts: Burst[] = [];
  for (let first = 0; first + count <= sorted.length;) {
    const from = sorted[first] ?? 0;
    let last = first + count - 1;
    if ((sorted[last] ?? 0) - from > withinMs) {
      first += 1;
      continue;
    }
    while (last + 1 < sorted.length && (sorted[last + 1] ?? 0) - (sorted[last] ?? 0) <= withinMs)
      last += 1;
    bursts.push({ from, to: sorted[last] ?? 0, size: last - first + 1 });
    first = last + 1;
  }
  return bursts;
}
