import type { Contribution, Incident, Member } from '@veilsum/protocol';
import { isLive } from '@veilsum/rules';
import { contributions, members } from './ledger-objects.js';
import { changeMember, countActiveOperators } from './member-registration.js';
import { contributionFreezes, incidents, rewardFreezes } from './oversight-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** An incident that is held against somebody. */
export type AccusingIncident = Incident & { readonly memberId: Member['memberId'] };

/** Whether an incident is held against somebody. */
export function isAccusing(incident: Incident): incident is AccusingIncident {
  return incident.memberId !== undefined;
}

/** Every incident of a member with measures in force, but one. */
export async function otherMeasures(
  state: WorldState,
  { memberId, incidentId }: AccusingIncident,
): Promise<Incident[]> {
  return (await state.list(incidents, memberId)).filter(
    (other) => other.status === 'escalated' && other.incidentId !== incidentId,
  );
}

/**
 * Puts the measures of an escalated incident in force.
 * @param others - the member's other incidents with measures in force
 * @returns the incident as it is to be written
 */
export async function applyMeasures(
  call: TransactionCall,
  incident: AccusingIncident,
  others: readonly Incident[],
): Promise<Incident> {
  const { measures } = incident;
  if (measures.includes('freeze-contribution')) await freezeContributions(call.state, incident);
  const suspends =
    measures.includes('suspend-member') && (await suspend(call, incident.memberId, others));
  if (measures.includes('freeze-rewards')) {
    const { memberId, incidentId } = incident;
    await call.state.put(rewardFreezes, [memberId, incidentId], { incidentId });
  }
  return suspends ? { ...incident, suspended: true } : incident;
}

/**
 * Ends the measures of an incident, as far as no other incident wants the same.
 * @param others - the member's other incidents with measures in force
 */
export async function endMeasures(
  call: TransactionCall,
  incident: AccusingIncident,
  others: readonly Incident[],
): Promise<void> {
  const { memberId, incidentId, measures } = incident;
  if (measures.includes('freeze-contribution') && !others.some(freezesSame(incident))) {
    await thawContributions(call.state, incident);
  }
  const suspendedElsewhere = others.some(({ suspended }) => suspended === true);
  if (incident.suspended === true && !suspendedElsewhere) await readmit(call, memberId);
  if (measures.includes('freeze-rewards')) {
    await call.state.delete(rewardFreezes, memberId, incidentId);
  }
}

function freezesSame({ productId, epoch }: Incident) {
  return (other: Incident) =>
    other.measures.includes('freeze-contribution') &&
    other.productId === productId &&
    other.epoch === epoch;
}

async function freezeContributions(state: WorldState, incident: AccusingIncident): Promise<void> {
  for (const contribution of await readPlace(state, incident)) {
    const { contributionId, status } = contribution;
    if (!isLive(contribution) || status === 'frozen') continue;
    await state.put(contributionFreezes, [contributionId], { was: status });
    await state.put(contributions, keyOf(contribution), { ...contribution, status: 'frozen' });
  }
}

async function thawContributions(state: WorldState, incident: AccusingIncident): Promise<void> {
  for (const contribution of await readPlace(state, incident)) {
    if (contribution.status !== 'frozen') continue;
    const { contributionId } = contribution;
    const { was } = await state.require(contributionFreezes, contributionId);
    await state.delete(contributionFreezes, contributionId);
    await state.put(contributions, keyOf(contribution), { ...contribution, status: was });
  }
}

async function readPlace(
  state: WorldState,
  { memberId, productId, epoch }: AccusingIncident,
): Promise<Contribution[]> {
  if (productId === undefined || epoch === undefined) return [];
  return state.list(contributions, productId, epoch, memberId);
}

function keyOf({ productId, epoch, contributorId, contributionId }: Contribution): string[] {
  return [productId, epoch, contributorId, contributionId];
}

/** @returns whether the end of the incident is to readmit the member */
async function suspend(
  call: TransactionCall,
  memberId: Member['memberId'],
  others: readonly Incident[],
): Promise<boolean> {
  const member = await call.state.require(members, memberId);
  if (member.status === 'suspended') return others.some(({ suspended }) => suspended === true);
  // Without its last operator nobody could lift anything.
  if (member.status !== 'active' || (await isLastOperator(call.state, member))) return false;
  await changeMember(call, { from: member, to: { ...member, status: 'suspended' } });
  return true;
}

async function readmit(call: TransactionCall, memberId: Member['memberId']): Promise<void> {
  const member = await call.state.require(members, memberId);
  if (member.status !== 'suspended') return;
  await changeMember(call, { from: member, to: { ...member, status: 'active' } });
}

async function isLastOperator(state: WorldState, member: Member): Promise<boolean> {
  if (!member.roles.includes('operator')) return false;
  return (await countActiveOperators(state)) <= 1;
}
