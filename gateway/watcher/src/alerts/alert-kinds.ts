import type { AlertKind, AlertSeverity } from '@veilsum/protocol';

/** What an alert of a kind means, and what is to be done about it; docs/alerts.md is made from this. */
export interface AlertKindEntry {
  readonly severity: AlertSeverity;
  readonly meaning: string;
  /** When it is raised, in the words of the configuration's thresholds. */
  readonly threshold: string;
  /** For whoever reads the alert. */
  readonly mendingStep: string;
  /** What the watcher does about it by itself, if anything. */
  readonly mendedByWatcher?: string;
  /** What it sets going by itself, which does not mend it yet. */
  readonly startedByWatcher?: string;
}

/** Every kind of alert. */
export const alertKinds: Readonly<Record<AlertKind, AlertKindEntry>> = {
  'late-contribution': {
    severity: 'warning',
    meaning: 'A member has not contributed what it committed to.',
    threshold: 'its day has passed',
    mendingStep:
      'Contribute now: veilsum contribute with the mapping of this product and epoch. Until then the time of grace runs, if an incident is open.',
    startedByWatcher: 'it opens the incident, whose time of grace begins then',
  },
  'upload-missing': {
    severity: 'warning',
    meaning:
      'A contribution is registered, but the gateway has not stored its container: it did not arrive, or not with the registered hash.',
    threshold: 'registered longer ago than `uploadMissingMs`',
    mendingStep:
      'On the machine that made it, run the same veilsum contribute again: it sends the same bytes.',
    mendedByWatcher: "the contributor's own watcher sends the container again",
  },
  'container-damaged': {
    severity: 'critical',
    meaning:
      'The gateway does not give back the container that was contributed: it is gone, or other bytes.',
    threshold:
      "the contributor's own watcher read it back: every `containerMs`, and when a keyholder refused a container of its cohort",
    mendingStep:
      'On the machine that made it, run the same veilsum contribute again, and tell whoever runs the gateway to look after its disk.',
    mendedByWatcher: "the contributor's own watcher sends the container again",
  },
  'stale-mapping': {
    severity: 'notice',
    meaning:
      'A contributor consents and maps to a product version that has been followed by another.',
    threshold: 'the newer version is older than `staleMappingMs`',
    mendingStep:
      'Write a mapping for the newest version, grant a consent to it and contribute with it from the next epoch on.',
  },
  'refusal-burst': {
    severity: 'warning',
    meaning:
      'Many refusals with one code: a wrong setting, a rule nobody understands, or an attack.',
    threshold:
      '`refusalBurst.count` of them, each within `refusalBurst.withinMs` of the one before',
    mendingStep:
      'Look the code up in docs/error-codes.md; it names the way out. Ask whoever is refused; suspend a member that attacks.',
  },
  'keyholder-mismatch': {
    severity: 'critical',
    meaning:
      'A keyholder was shown something else than the ledger says, or keyholders recorded different final blocks.',
    threshold: 'the first one',
    mendingStep:
      "Keep the gateway's objects and the keyholders' logs, tell operator and regulator, and find out who showed what. Do not delete a store to get on.",
  },
  'cohort-near-minimum': {
    severity: 'notice',
    meaning:
      'Few withdrawals, or one, would stop every question to a product and epoch, or have done so.',
    threshold:
      '`cohortMargin` legal entities above the minimum or fewer; epochs that ended within `cohortEpochMs`',
    mendingStep: 'Win further contributors for this product and epoch, or wait for the next epoch.',
  },
  'repeated-question': {
    severity: 'warning',
    meaning:
      'One analyst asks the same question again and again, filters apart: a program that repeats itself, or somebody who takes differences or averages noise away.',
    threshold:
      '`repeatedQuestion.count` of them, each within `repeatedQuestion.withinMs` of the one before',
    mendingStep:
      'Ask the analyst what for. Contributors can withdraw or amend their consents; the operator can suspend a member.',
  },
  'budget-nearly-spent': {
    severity: 'notice',
    meaning: "Little of a contributor's privacy budget of an epoch is left.",
    threshold: '`budgetLeftBps` of it or less is left',
    mendingStep:
      'Ask fewer or coarser questions of this epoch. The contributor can allow more by amending its consent, up to what the product allows.',
  },
  'missed-attempt-deadline': {
    severity: 'warning',
    meaning: 'An attempt at opening a query has passed its deadline, and nobody went on.',
    threshold: '`overdueMs` after the deadline',
    mendingStep:
      'See that the keyholders named run and reach the gateway. Any member may go on: query:closeBlinding, query:nextAttempt or query:expire.',
    mendedByWatcher: 'it closes the round, opens the next attempt, or ends the query',
  },
  'missed-settlement-deadline': {
    severity: 'warning',
    meaning: 'A released query could be settled, and nobody does.',
    threshold: '`overdueMs` after the dispute window',
    mendingStep: 'Any member may settle it: query:settle.',
    mendedByWatcher: 'it settles the query',
  },
  'missed-dispute-deadline': {
    severity: 'warning',
    meaning: 'A keyholder has not posted a share that the analyst reported missing.',
    threshold: '`overdueMs` after the deadline',
    mendingStep:
      'The keyholder sees that its process runs; it posts shares by itself. Otherwise it loses its fee at settlement.',
  },
  'missed-review-deadline': {
    severity: 'warning',
    meaning: 'A review has not been decided in time, and the query still waits.',
    threshold: '`overdueMs` after the deadline',
    mendingStep:
      'Any member may let the request lapse, which refunds it: query:expire. The analyst may then ask again.',
    mendedByWatcher: 'it lets the request lapse',
  },
  'missed-opening': {
    severity: 'warning',
    meaning: 'A contributor has not answered an opening in time.',
    threshold: '`overdueMs` after the deadline',
    mendingStep:
      'The contributor answers from its seed and its file; they are in its contribution folder.',
    startedByWatcher: 'it opens the incident, whose time of grace begins then',
  },
  'incident-open': {
    severity: 'warning',
    meaning:
      'An incident is open on the ledger, or its measures are in force: then it is critical.',
    threshold: 'until it is rectified or closed',
    mendingStep:
      'Mend what it names within its grace period; the ledger then closes it without a penalty. Measures in force end by decision of operator and regulator.',
    mendedByWatcher:
      'it has the incident closed once the ledger shows it mended, and its measures put in force when the grace is over',
  },
  'stuck-query': {
    severity: 'warning',
    meaning: 'A query has been open for long without a result.',
    threshold: 'longer than `stuckMs`',
    mendingStep:
      'See that the keyholders named run and reach the gateway, and that the gateway is ready. The attempts of a query are limited: it ends by itself, and money comes back.',
    mendedByWatcher: 'once an attempt is over, it opens the next one or ends the query',
  },
  'ledger-unreachable': {
    severity: 'critical',
    meaning:
      'The watcher cannot read its ledger. It sees nothing then; earlier alerts stay as they are.',
    threshold: '`ledgerSilentMs` without an answer',
    mendingStep: 'See that the ledger, or the peer of the own organisation, runs: veilsum doctor.',
    mendedByWatcher: 'it connects again until it succeeds, and then goes on where it stopped',
  },
  'ledger-contradiction': {
    severity: 'critical',
    meaning:
      'The ledger contradicts what the watcher has seen before. It reads nothing from it any more.',
    threshold: 'at once',
    mendingStep:
      "Stop, keep the watcher's folder, run veilsum audit, and compare block hashes with other organisations. Only then start the watcher again.",
  },
  'ledger-lag': {
    severity: 'warning',
    meaning: "The gateway's view of the ledger is behind the watcher's.",
    threshold: '`ledgerLag.blocks` or more, for `ledgerLag.forMs`',
    mendingStep: "Look at the gateway's log, its disk and its way to the ledger or its peer.",
  },
  'event-stream-stalled': {
    severity: 'warning',
    meaning: 'The ledger grows, and its events do not come to the watcher.',
    threshold: '`streamStalledMs`',
    mendingStep:
      'See that the ledger or the own peer runs and that nothing between cuts long connections.',
    mendedByWatcher: 'it connects again from the last block that it saw',
  },
  'gateway-unreachable': {
    severity: 'critical',
    meaning: 'The gateway does not answer, or says that it does not follow the ledger.',
    threshold: '`gatewaySilentMs`',
    mendingStep:
      'See that it runs (veilsum status) and read its log; otherwise tell whoever runs it.',
  },
  'gateway-mismatch': {
    severity: 'critical',
    meaning:
      'What answers at the address of the gateway is another one, or follows another ledger.',
    threshold: 'at once',
    mendingStep:
      'Send nothing there. Compare gateway id and genesis hash with the network file, and ask the operator by another way.',
  },
};
