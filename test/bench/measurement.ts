/** One figure beside its reference; both are medians of the same run. */
export interface Figure {
  readonly figure: string;
  /** Median, in `unit`. */
  readonly value: number;
  readonly unit: string;
  readonly reference: string;
  /** Median of the reference in the same unit; null when the figure is held against a constant. */
  readonly referenceValue: number | null;
  /** What is held against the reach: value / referenceValue or its inverse; the value itself if null. */
  readonly compared: number;
  readonly reach: string;
  readonly reached: boolean;
}

/** A target for the compared number. */
export interface Reach {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Milliseconds that one call takes. */
export function timeMs(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Milliseconds of processor time that one call takes: what a figure per core is made of. */
export function processorMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}

/** Two pieces of work and how many units of their figure each does. */
export interface Pair {
  readonly work: () => void;
  readonly workUnits: number;
  readonly reference: () => void;
  readonly referenceUnits: number;
  readonly rounds: number;
}

/**
 * Milliseconds a unit of the work and of the reference, medians. The two take turns, so that what
 * else the machine does touches both; the first round of each only warms up.
 */
export function measurePair(pair: Pair): { workMs: number; referenceMs: number } {
  const work: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round <= pair.rounds; round += 1) {
    const workMs = timeMs(pair.work) / pair.workUnits;
    const referenceMs = timeMs(pair.reference) / pair.referenceUnits;
    if (round === 0) continue;
    work.push(workMs);
    reference.push(referenceMs);
  }
  return { workMs: median(work), referenceMs: median(reference) };
}

function meets(compared: number, { atLeast, atMost }: Reach): boolean {
  return (
    (atLeast === undefined || compared >= atLeast) && (atMost === undefined || compared <= atMost)
  );
}

function reachText({ atLeast, atMost }: Reach): string {
  const texts = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ];
  return texts.join(', ');
}

/** A figure in milliseconds as a multiple of its reference, or the reference as a multiple of it. */
export function ratioFigure(
  names: { readonly figure: string; readonly reference: string },
  measured: { readonly workMs: number; readonly referenceMs: number },
  reach: Reach,
): Figure {
  const { workMs, referenceMs } = measured;
  const compared = reach.atLeast === undefined ? workMs / referenceMs : referenceMs / workMs;
  return {
    ...names,
    value: workMs,
    unit: 'ms',
    referenceValue: referenceMs,
    compared,
    reach: `${reachText(reach)} ×`,
    reached: meets(compared, reach),
  };
}

/** A figure held against a constant. */
export function plainFigure(
  names: { readonly figure: string; readonly unit: string },
  value: number,
  reach: Reach,
): Figure {
  return {
    ...names,
    value,
    reference: 'constant',
    referenceValue: null,
    compared: value,
    reach: reachText(reach),
    reached: meets(value, reach),
  };
}
