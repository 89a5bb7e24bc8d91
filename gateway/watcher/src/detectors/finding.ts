import { hashCanonicalJson } from '@veilsum/crypto';
import type { AlertKind, AlertSeverity } from '@veilsum/protocol';

/** Something that a detector sees now. */
export interface Finding {
  readonly kind: AlertKind;
  /** Public ids only. */
  readonly subject: string;
  readonly period: string;
  readonly sentence: string;
  /** When it is not that of its kind. */
  readonly severity?: AlertSeverity;
  /** Members whom it concerns; empty: everyone. */
  readonly concerns: readonly string[];
  /** Set when it has passed by itself: what is news is only that it was. */
  readonly over?: { readonly at: number; readonly sentence: string };
}

/**
 * The id of an alert follows from what it is about, so that whoever sees the same says the same.
 * @returns 32 hex digits
 */
export function alertIdOf({
  kind,
  subject,
  period,
}: Omit<Finding, 'sentence' | 'concerns'>): string {
  return hashCanonicalJson({ kind, period, subject }).slice(0, 32);
}
