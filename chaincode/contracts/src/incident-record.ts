import type { JsonValue } from '@veilsum/crypto';
import type {
  Incident,
  IncidentId,
  IncidentKind,
  Member,
  ProductId,
  Hash,
} from '@veilsum/protocol';
import {
  checkIncident,
  escalationFor,
  incidentIdOf,
  newIncident,
  requireAllowed,
  type EscalationRow,
  type IncidentSubject,
  type RuleFailure,
} from '@veilsum/rules';
import { applyMeasures, isAccusing } from './incident-measures.js';
import { members } from './ledger-objects.js';
import { NOBODY, incidentPlaces, incidents } from './oversight-objects.js';
import { rulebookInForce } from './rulebook-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** What is to become an incident, as the ledger shows it or somebody says it. */
export interface IncidentDraft {
  readonly kind: IncidentKind;
  readonly subject: IncidentSubject;
  /** Whom it is held against. */
  readonly memberId?: Member['memberId'];
  /** Whose contributions a freeze concerns. */
  readonly place?: { readonly productId: ProductId; readonly epoch: string };
  readonly evidenceHash?: Hash;
  /** Why the ledger does not show it; nothing when it does. */
  readonly fault?: RuleFailure | undefined;
}

/** @returns the incident, or undefined when there is none */
export async function findIncident(
  state: WorldState,
  incidentId: IncidentId,
): Promise<Incident | undefined> {
  const place = await state.get(incidentPlaces, incidentId);
  return place === undefined ? undefined : state.require(incidents, place.memberId, incidentId);
}

/** @throws {@link VeilsumError} NOT_FOUND */
export async function requireIncident(
  state: WorldState,
  incidentId: IncidentId,
): Promise<Incident> {
  const { memberId } = await state.require(incidentPlaces, incidentId);
  return state.require(incidents, memberId, incidentId);
}

/**
 * Opens an incident, in force by the table of the rulebook in force.
 * @throws {@link VeilsumError} when it may not be opened
 */
export async function openIncident(call: TransactionCall, draft: IncidentDraft): Promise<Incident> {
  const { state, caller, now } = call;
  const { kind, subject, memberId } = draft;
  const accused = memberId === undefined ? undefined : await state.require(members, memberId);
  const row = accused === undefined ? undefined : await readEscalation(call, kind);
  requireAllowed(checkIncident({ kind, caller, accused, row, fault: draft.fault }));
  const others = memberId === undefined ? [] : await state.list(incidents, memberId);
  const incidentId = incidentIdOf(subject);
  const begun = newIncident({
    incidentId,
    kind,
    subject,
    memberId,
    place: draft.place,
    row,
    evidenceHash: draft.evidenceHash,
    openedBy: caller.memberId,
    now,
    others,
  });
  const incident = await withMeasures(call, begun, others);
  await state.put(incidentPlaces, [incidentId], { memberId: memberId ?? NOBODY });
  return putIncident(state, incident);
}

/** Puts the measures of an incident in force if it is escalated. @returns it as it is to be written */
export async function withMeasures(
  call: TransactionCall,
  incident: Incident,
  others: readonly Incident[],
): Promise<Incident> {
  if (incident.status !== 'escalated' || !isAccusing(incident)) return incident;
  const inForce = others.filter(
    ({ status, incidentId }) => status === 'escalated' && incidentId !== incident.incidentId,
  );
  return applyMeasures(call, incident, inForce);
}

/** Writes an incident without an event. */
export async function putIncident(state: WorldState, incident: Incident): Promise<Incident> {
  await state.put(incidents, [incident.memberId ?? NOBODY, incident.incidentId], incident);
  return incident;
}

/** What the event of an incident says. */
export function incidentEvent({ incidentId, kind, status, memberId }: Incident): JsonValue {
  return { incidentId, kind, status, ...(memberId === undefined ? {} : { memberId }) };
}

async function readEscalation(
  { state, now }: TransactionCall,
  kind: IncidentKind,
): Promise<EscalationRow | undefined> {
  return escalationFor(kind, await rulebookInForce(state, now));
}
