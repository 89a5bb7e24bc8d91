import type { Alert } from '@veilsum/protocol';
import { alertIdOf, type Finding } from '../detectors/finding.js';
import { alertKinds } from './alert-kinds.js';

/** How alerts follow from findings. */
export interface BookRules {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What was over before the watcher began is no news. */
  readonly since: number;
  /** An alert that was mended is not raised again for so long, however often its cause comes and goes. */
  readonly quietMs: number;
}

/**
 * What changes in a watcher's alerts after a look: raised ones, and those whose cause has gone.
 * @param known - the last revision of every alert
 * @param looked - whether the look would have found the cause of an alert; what it did not look at stays
 * @returns new revisions, in order
 */
export function changedAlerts(
  known: ReadonlyMap<string, Alert>,
  findings: readonly Finding[],
  looked: (alert: Alert) => boolean,
  rules: BookRules,
): Alert[] {
  const found = new Map(findings.map((finding) => [alertIdOf(finding), finding]));
  const changed = [...found].flatMap(([alertId, finding]) =>
    revisionsOf(known.get(alertId), { ...finding, alertId }, rules),
  );
  for (const alert of known.values()) {
    if (alert.status !== 'open' || found.has(alert.alertId) || !looked(alert)) continue;
    changed.push(mended(alert, rules.now, 'It is no longer so.'));
  }
  return changed;
}

/** What the watcher tried. @returns the next revision, or undefined when there is nothing new to say */
export function withAttempt(
  alert: Alert,
  attempted: NonNullable<Alert['attempted']>,
): Alert | undefined {
  const { succeeded, sentence } = attempted;
  const revision = alert.revision + 1;
  if (alert.mended !== undefined) {
    // A look saw what was mended before it was written down who did it.
    const how = { at: alert.mended.at, by: 'watcher' as const, sentence };
    const isMended = alertKinds[alert.kind].mendedByWatcher !== undefined;
    const isNews = succeeded && isMended && alert.mended.by !== 'watcher';
    return isNews ? { ...alert, revision, attempted, mended: how } : undefined;
  }
  const isSame = alert.attempted?.succeeded === succeeded && alert.attempted.sentence === sentence;
  return isSame ? undefined : { ...alert, revision, attempted };
}

function revisionsOf(
  before: Alert | undefined,
  finding: Finding & { readonly alertId: string },
  rules: BookRules,
): Alert[] {
  const { over } = finding;
  if (before?.status === 'open') {
    if (over !== undefined) return [mended(before, rules.now, over.sentence)];
    const severity = severityOf(finding);
    if (severity === before.severity) return [];
    const { sentence } = finding;
    return [{ ...before, severity, sentence, revision: before.revision + 1 }];
  }
  if (before === undefined) return firstRevisions(finding, rules);
  const quietUntil = (before.mended?.at ?? 0) + rules.quietMs;
  if (over !== undefined || rules.now < quietUntil) return [];
  return [{ ...opened(finding, rules.now), revision: before.revision + 1 }];
}

function firstRevisions(
  finding: Finding & { readonly alertId: string },
  { now, since }: BookRules,
): Alert[] {
  const first = opened(finding, now);
  const { over } = finding;
  if (over === undefined) return [first];
  return over.at < since ? [] : [first, mended(first, now, over.sentence)];
}

function opened(finding: Finding & { readonly alertId: string }, at: number): Alert {
  const { alertId, kind, subject, period, sentence } = finding;
  return {
    format: 'veilsum-alert/1',
    alertId,
    revision: 1,
    kind,
    severity: severityOf(finding),
    subject,
    period,
    at,
    sentence,
    mendingStep: alertKinds[kind].mendingStep,
    status: 'open',
  };
}

function severityOf({ kind, severity }: Finding): Alert['severity'] {
  return severity ?? alertKinds[kind].severity;
}

function mended(alert: Alert, at: number, sentence: string): Alert {
  const { attempted } = alert;
  const how =
    attempted?.succeeded === true && alertKinds[alert.kind].mendedByWatcher !== undefined
      ? { at, by: 'watcher' as const, sentence: attempted.sentence }
      : { at, by: 'elsewhere' as const, sentence };
  return { ...alert, revision: alert.revision + 1, status: 'mended', mended: how };
}
