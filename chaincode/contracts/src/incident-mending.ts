import type { Contribution, Incident, IncidentId, OpeningTask } from '@veilsum/protocol';
import {
  checkRectification,
  incidentIdOf,
  mendsStaleMapping,
  openedContribution,
  rectified,
} from '@veilsum/rules';
import { findCommitment } from './commitment-progress.js';
import { findIncident, putIncident } from './incident-record.js';
import { contributions } from './ledger-objects.js';
import { findOpeningTask } from './opening-record.js';
import { incidents } from './oversight-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';
import { commitmentIdSchema, contributionIdSchema, openingIdSchema } from '@veilsum/protocol';

/**
 * Closes the incidents of a contributor that a stored contribution mends: the late one of its commitment,
 * a stale mapping of its product.
 * @param metCommitment - id of the commitment that it meets
 * @returns the ids of those that it closed
 */
export async function mendByContribution(
  { state, now }: Pick<TransactionCall, 'state' | 'now'>,
  stored: Contribution,
  metCommitment: string | undefined,
): Promise<IncidentId[]> {
  const closed: IncidentId[] = [];
  for (const incident of await state.list(incidents, stored.contributorId)) {
    const mended =
      incident.kind === 'late-contribution'
        ? incident.subject['commitmentId'] === metCommitment
        : incident.kind === 'stale-mapping' && mendsStaleMapping(incident, stored);
    if (!checkRectification(incident, { mended, now }).allowed) continue;
    await putIncident(state, rectified(incident, now));
    closed.push(incident.incidentId);
  }
  return closed;
}

/** Closes the incident of a missed opening that is answered now. @returns its id when it closed one */
export async function mendByAnswer(
  { state, now }: Pick<TransactionCall, 'state' | 'now'>,
  task: OpeningTask,
): Promise<IncidentId | undefined> {
  const incidentId = incidentIdOf(openedContribution('missed-opening', task));
  const incident = await findIncident(state, incidentId);
  if (incident === undefined) return undefined;
  if (!checkRectification(incident, { mended: true, now }).allowed) return undefined;
  await putIncident(state, rectified(incident, now));
  return incidentId;
}

/** Whether the ledger shows that what an incident is about was mended. */
export async function isMended(state: WorldState, incident: Incident): Promise<boolean> {
  const { kind, subject } = incident;
  if (kind === 'late-contribution') {
    const commitmentId = commitmentIdSchema.parse(subject['commitmentId']);
    return (await findCommitment(state, commitmentId))?.status === 'met';
  }
  if (kind === 'missed-opening') {
    const task = await findOpeningTask(state, {
      openingId: openingIdSchema.parse(subject['openingId']),
      contributionId: contributionIdSchema.parse(subject['contributionId']),
    });
    return task?.status === 'answered' || (task?.conclusions.length ?? 0) > 0;
  }
  return kind === 'stale-mapping' && isMappingMended(state, incident);
}

async function isMappingMended(state: WorldState, incident: Incident): Promise<boolean> {
  const { memberId, productId } = incident;
  if (memberId === undefined || productId === undefined) return false;
  return (await state.list(contributions, productId)).some(
    (contribution) =>
      contribution.contributorId === memberId &&
      contribution.status === 'stored' &&
      mendsStaleMapping(incident, contribution),
  );
}
