import type { LedgerPicture } from '../picture/ledger-picture.js';
import type { Thresholds } from '../thresholds.js';
import type { Finding } from './finding.js';

/** What a detector judges by, besides what it looks at. */
export interface DetectorContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly thresholds: Thresholds;
}

/** Looks at the ledger: a pure function, so that the same ledger and time give the same findings. */
export type LedgerDetector = (picture: LedgerPicture, context: DetectorContext) => Finding[];

/** A duration as a person says it, e.g. `2 h`. */
export function durationWords(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, 'days'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ];
  for (const [size, name] of units) if (ms >= 2 * size) return `${Math.floor(ms / size)} ${name}`;
  return `${Math.floor(ms / 1000)} s`;
}
