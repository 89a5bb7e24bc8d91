import type { AlertKind, IncidentKind } from '@veilsum/protocol';

/** How a watcher comes to know of what an incident of a kind is about; docs/alerts.md is made from this. */
export interface IncidentCoverage {
  /** Seen by the watcher itself, before anybody reports it. */
  readonly alert?: AlertKind;
  readonly how: string;
}

/** Every kind of incident; all of them raise `incident-open` once they are on the ledger. */
export const incidentCoverage: Readonly<Record<IncidentKind, IncidentCoverage>> = {
  'late-contribution': {
    alert: 'late-contribution',
    how: 'The ledger shows it, and the watcher opens the incident.',
  },
  'missed-opening': {
    alert: 'missed-opening',
    how: 'The ledger shows it, and the watcher opens the incident.',
  },
  'stale-mapping': {
    alert: 'stale-mapping',
    how: 'The watcher sees an old version, not whether figures are wrong: an overseer who has evidence reports it.',
  },
  'opening-mismatch': {
    how: 'Only the auditor reads what was opened. Its conclusion opens the incident by itself.',
  },
  'bad-decryption-share': {
    how: 'Shares are sealed to the analyst, who alone sees a wrong one and tells an overseer. What keyholders see of each other raises `keyholder-mismatch`.',
  },
  'use-outside-purpose': {
    how: 'It happens outside the ledger. Who has evidence of it tells an overseer.',
  },
  'undecodable-result': {
    how: 'Results are sealed to the analyst, who alone sees that one does not decode and tells an overseer.',
  },
};
