/** Milliseconds that each call took, in rising order, and how long all took together. */
export interface Load {
  readonly callsMs: readonly number[];
  readonly elapsedMs: number;
}

/**
 * Makes calls from a number of clients, each of which makes its next when the last was answered.
 * @throws whatever a call throws: a benchmark of failures says nothing
 */
export async function measureLoad(
  call: () => Promise<unknown>,
  { clients, calls }: { readonly clients: number; readonly calls: number },
): Promise<Load> {
  const callsMs: number[] = [];
  let left = calls;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      const startMs = performance.now();
      await call();
      callsMs.push(performance.now() - startMs);
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return { callsMs: rising(callsMs), elapsedMs: performance.now() - startMs };
}

/** One load made of several, as if it had been measured at once. */
export function joinLoads(loads: readonly Load[]): Load {
  return {
    callsMs: rising(loads.flatMap(({ callsMs }) => callsMs)),
    elapsedMs: loads.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
  };
}

/** The time within which the given share of the calls was answered (nearest rank). */
export function percentileMs({ callsMs }: Load, share: number): number {
  const rank = Math.max(1, Math.ceil(share * callsMs.length));
  return callsMs[rank - 1] ?? Number.NaN;
}

export function perSecond({ callsMs, elapsedMs }: Load): number {
  return (callsMs.length * 1000) / elapsedMs;
}

function rising(values: readonly number[]): number[] {
  return values.toSorted((left, right) => left - right);
}
