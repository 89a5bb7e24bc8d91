import type { EscalationRule, IncidentKind, Rulebook } from '@veilsum/protocol';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What holds while no rulebook is in force (docs/ledger.md, Incidents). It takes nothing away that could not
 * be given back.
 */
export const DEFAULT_ESCALATION: readonly EscalationRule[] = [
  minor('late-contribution', 7 * DAY_MS, ['freeze-rewards']),
  minor('stale-mapping', 14 * DAY_MS, ['freeze-rewards', 'freeze-contribution']),
  minor('missed-opening', 3 * DAY_MS, ['freeze-rewards', 'freeze-contribution']),
  major('opening-mismatch', ['freeze-rewards', 'freeze-contribution']),
  major('bad-decryption-share', ['freeze-rewards', 'suspend-member']),
  major('use-outside-purpose', ['suspend-member']),
];

/** A row of an escalation table, and where it stands. */
export interface EscalationRow {
  /** 0 for the table that holds without a rulebook. */
  readonly rulebookVersion: number;
  readonly rule: EscalationRule;
}

/**
 * What the table in force says about a kind.
 * @param rulebook in force, if there is one
 * @returns undefined when it says nothing: then nobody may be accused of it
 */
export function escalationFor(
  kind: IncidentKind,
  rulebook: Pick<Rulebook, 'version' | 'escalation'> | undefined,
): EscalationRow | undefined {
  const rule = (rulebook?.escalation ?? DEFAULT_ESCALATION).find((row) => row.kind === kind);
  return rule === undefined ? undefined : { rulebookVersion: rulebook?.version ?? 0, rule };
}

function minor(
  kind: IncidentKind,
  graceMs: number,
  measures: EscalationRule['measures'],
): EscalationRule {
  return { kind, severity: 'minor', graceMs, measures };
}

function major(kind: IncidentKind, measures: EscalationRule['measures']): EscalationRule {
  return { kind, severity: 'major', graceMs: 0, measures };
}
