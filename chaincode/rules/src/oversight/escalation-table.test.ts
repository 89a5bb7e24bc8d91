import { DEFAULT_ESCALATION, escalationFor, type EscalationRow } from './escalation-table.js';

const DAY_MS = 86_400_000;

describe('the table of escalation', () => {
  it('is that of the rulebook in force, else the one that comes with the contracts', () => {
    const rule: EscalationRow['rule'] = {
      kind: 'late-contribution',
      severity: 'minor',
      graceMs: 9,
      measures: ['freeze-contribution'],
    };
    expect(escalationFor('late-contribution', { version: 4, escalation: [rule] })).toEqual({
      rulebookVersion: 4,
      rule,
    });
    expect(escalationFor('stale-mapping', { version: 4, escalation: [rule] })).toBeUndefined();
    expect(escalationFor('late-contribution', undefined)).toEqual({
      rulebookVersion: 0,
      rule: {
        kind: 'late-contribution',
        severity: 'minor',
        graceMs: 7 * DAY_MS,
        measures: ['freeze-rewards'],
      },
    });
  });

  it('spares a first minor deviation, and takes nothing away that could not be given back', () => {
    const rows = DEFAULT_ESCALATION.map(({ kind, severity, graceMs, measures }) => [
      kind,
      severity,
      graceMs / DAY_MS,
      measures.join(' '),
    ]);
    expect(rows).toEqual([
      ['late-contribution', 'minor', 7, 'freeze-rewards'],
      ['stale-mapping', 'minor', 14, 'freeze-rewards freeze-contribution'],
      ['missed-opening', 'minor', 3, 'freeze-rewards freeze-contribution'],
      ['opening-mismatch', 'major', 0, 'freeze-rewards freeze-contribution'],
      ['bad-decryption-share', 'major', 0, 'freeze-rewards suspend-member'],
      ['use-outside-purpose', 'major', 0, 'suspend-member'],
    ]);
  });
});
