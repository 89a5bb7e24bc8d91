import { askLedger, tellLedger, type Ledger } from '@veilsum/ledger';
import {
  incidentRecordSchema,
  incidentReportSchema,
  incidentSchema,
  VeilsumError,
  type Incident,
  type IncidentReport,
} from '@veilsum/protocol';
import { incidentIdOf, subjectOf } from '@veilsum/rules';
import { subjectId, type Mender } from './mender.js';

/** What the ledger says when an incident cannot go on now. */
const notNow: ReadonlySet<string> = new Set([
  'DEADLINE_NOT_REACHED',
  'INCIDENT_NOT_MENDED',
  'INVALID_STATE',
]);

/** Points out a late contribution, so that its time of grace begins and its end counts. */
export function latenessMender(ledger: Ledger): Mender {
  return (alert) =>
    openIncident(ledger, {
      kind: 'late-contribution',
      commitmentId: subjectId(alert, 'commitment'),
    });
}

/** Points out that a contributor has not answered an opening. */
export function missedOpeningMender(ledger: Ledger): Mender {
  return (alert) =>
    openIncident(ledger, {
      kind: 'missed-opening',
      openingId: subjectId(alert, 'opening'),
      contributionId: subjectId(alert, 'contribution'),
    });
}

/** Closes an incident that the ledger shows to be mended, or puts its measures in force when it is time. */
export function incidentMender(ledger: Ledger): Mender {
  return async (alert) => {
    const incident = await findIncident(ledger, subjectId(alert, 'incident'));
    if (incident?.status !== 'open') return undefined;
    for (const [transaction, done] of [
      ['rectify', 'The ledger shows that it was mended, and the watcher had it closed.'],
      ['escalate', 'Its time of grace was over, and the watcher had its measures put in force.'],
    ] as const) {
      if (await isTaken(ledger, transaction, incident)) return done;
    }
    return undefined;
  };
}

/** Opens an incident that the ledger itself can check; one that is there already is left alone. */
async function openIncident(
  ledger: Ledger,
  named: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const report = incidentReportSchema.parse(named);
  const known = await findIncident(ledger, incidentIdOf(subjectOf(report)));
  const { incidentId, rectifyUntil } = known ?? (await reportIncident(ledger, report));
  const until = new Date(rectifyUntil).toISOString();
  return `Incident ${incidentId} is on the ledger; ${rectifyUntil === 0 ? 'it has no time of grace' : `its time of grace ends ${until}`}.`;
}

async function reportIncident(ledger: Ledger, report: IncidentReport): Promise<Incident> {
  const { result } = await tellLedger(ledger, 'incident:open', report);
  return incidentSchema.parse(result);
}

async function findIncident(
  ledger: Ledger,
  incidentId: string | undefined,
): Promise<Incident | undefined> {
  try {
    const record = await askLedger(ledger, 'incident:read', { incidentId }, incidentRecordSchema);
    return record.incident;
  } catch (error) {
    if (error instanceof VeilsumError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function isTaken(
  ledger: Ledger,
  transaction: 'rectify' | 'escalate',
  { incidentId }: Incident,
): Promise<boolean> {
  try {
    await tellLedger(ledger, `incident:${transaction}`, { incidentId });
    return true;
  } catch (error) {
    if (error instanceof VeilsumError && notNow.has(error.code)) return false;
    throw error;
  }
}
