import type { Incident, IncidentAction, IncidentId, IncidentVote, Member } from '@veilsum/protocol';
import { checkDecision, closedBy, isSameDecision, requireAllowed } from '@veilsum/rules';
import { forfeitRewards, frozenAccount } from './frozen-rewards.js';
import { endMeasures, isAccusing, otherMeasures } from './incident-measures.js';
import { incidentEvent, putIncident, requireIncident } from './incident-record.js';
import { members } from './ledger-objects.js';
import { incidentVotes } from './oversight-objects.js';
import { readBalance } from './posting.js';
import { isSameContent } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';

/** What an operator or a regulator decides on an incident. */
export interface Decision {
  readonly incidentId: IncidentId;
  readonly action: IncidentAction;
  /** Minor units; "0" unless it is a penalty. */
  readonly amount: string;
  readonly reason: string;
}

/**
 * Records a decision; it takes effect when both an operator and a regulator, of two legal entities, decide
 * the same. Neither of them alone can punish or spare anybody.
 */
export async function decideIncident(call: TransactionCall, decision: Decision): Promise<Incident> {
  const { state, caller } = call;
  const incident = await requireIncident(state, decision.incidentId);
  const vote = voteOf(call, decision, incident);
  const votes = await state.list(incidentVotes, decision.incidentId);
  if (votes.some((earlier) => isDecidedAgain(earlier, vote, incident))) return incident;
  const accused = isAccusing(incident)
    ? await state.require(members, incident.memberId)
    : undefined;
  requireAllowed(
    checkDecision({
      incident,
      action: decision.action,
      amount: BigInt(decision.amount),
      caller,
      accused,
      frozen: isAccusing(incident)
        ? await readBalance(state, frozenAccount(incident.memberId))
        : 0n,
    }),
  );
  const agreed = await findAgreement(call, vote, votes);
  await state.put(incidentVotes, [decision.incidentId, vote.role], vote);
  const after = agreed ? await closeIncident(call, incident, decision) : incident;
  call.emit('incidentChanged', incidentEvent(after));
  return after;
}

/** Ends an incident and its measures, without an event. */
export async function closeIncident(
  call: TransactionCall,
  incident: Incident,
  { action, amount }: Pick<Decision, 'action' | 'amount'>,
): Promise<Incident> {
  if (incident.status === 'escalated' && isAccusing(incident)) {
    await endMeasures(call, incident, await otherMeasures(call.state, incident));
    const { memberId, incidentId } = incident;
    if (action === 'penalise') await forfeitRewards(call, memberId, { incidentId, amount });
  }
  return putIncident(call.state, closedBy(incident, action, call.now));
}

async function findAgreement(
  { state, caller }: TransactionCall,
  vote: IncidentVote,
  votes: readonly IncidentVote[],
): Promise<boolean> {
  for (const other of votes) {
    const voter: Member = await state.require(members, other.memberId);
    const isOneEntity = voter.legalEntityId === caller.legalEntityId;
    if (isSameDecision(vote, other, isOneEntity)) return true;
  }
  return false;
}

/** A member with both roles speaks as operator. */
function voteOf(
  { caller, now }: TransactionCall,
  decision: Decision,
  { status }: Incident,
): IncidentVote {
  return {
    ...decision,
    role: caller.roles.includes('operator') ? 'operator' : 'regulator',
    memberId: caller.memberId,
    status,
    decidedAt: now,
  };
}

/** The same decision again, on what has not changed since or was closed by it. */
function isDecidedAgain(
  earlier: IncidentVote,
  vote: IncidentVote,
  { status }: Pick<Incident, 'status'>,
): boolean {
  const { status: statusThen, decidedAt } = earlier;
  const isSame = isSameContent(earlier, { ...vote, status: statusThen, decidedAt });
  return isSame && (statusThen === status || status === 'closed');
}
