import {
  incidentDecisionSchema,
  incidentIdSchema,
  incidentPenaltySchema,
  incidentReportSchema,
  incidentStatusSchema,
  memberIdSchema,
  VeilsumError,
  type Incident,
  type IncidentRecord,
} from '@veilsum/protocol';
import {
  checkEscalation,
  checkRectification,
  escalated,
  rectified,
  requireAllowed,
} from '@veilsum/rules';
import { z } from 'zod';
import { releaseRewards } from './frozen-rewards.js';
import { decideIncident } from './incident-decision.js';
import { isMended } from './incident-mending.js';
import { incidentEvent, putIncident, requireIncident, withMeasures } from './incident-record.js';
import { reportIncident } from './incident-report.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { members } from './ledger-objects.js';
import { hasFrozenRewards } from './reward-freeze.js';
import { incidentVotes, incidents, NOBODY } from './oversight-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const incidentReference = z.strictObject({ incidentId: incidentIdSchema });
const memberReference = z.strictObject({ memberId: memberIdSchema });
const incidentFilter = z.strictObject({
  memberId: memberIdSchema.optional(),
  status: incidentStatusSchema.optional(),
});

const anyMember = 'member' as const;
const judges = ['operator', 'regulator'] as const;

/** `incident`: what went wrong, grace, escalation and decisions (docs/ledger.md, Incidents). */
export class IncidentContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('incident', options);
  }

  /** Points out what the ledger shows, or reports what an overseer has evidence of. */
  open(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: incidentReportSchema };
    return this.transact(context, argument, rule, reportIncident);
  }

  /** Closes an incident that the ledger shows to be mended in time, for anyone. */
  rectify(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: incidentReference };
    return this.transact(context, argument, rule, async (call, { incidentId }) => {
      const { state, now } = call;
      const incident = await requireIncident(state, incidentId);
      if (incident.status === 'rectified') return incident;
      requireAllowed(
        checkRectification(incident, { mended: await isMended(state, incident), now }),
      );
      return write(call, rectified(incident, now));
    });
  }

  /** Puts the measures of an incident in force that was not mended in time, for anyone. */
  escalate(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: incidentReference };
    return this.transact(context, argument, rule, async (call, { incidentId }) => {
      const { state, now } = call;
      const incident = await requireIncident(state, incidentId);
      if (incident.status === 'escalated') return incident;
      requireAllowed(checkEscalation(incident, now));
      const others = await state.list(incidents, incident.memberId ?? NOBODY);
      return write(call, await withMeasures(call, escalated(incident, now), others));
    });
  }

  /** Ends an incident with a penalty out of the frozen rewards; an operator and a regulator decide it. */
  penalise(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: judges, schema: incidentPenaltySchema };
    return this.transact(context, argument, rule, (call, penalty) =>
      decideIncident(call, { ...penalty, action: 'penalise' }),
    );
  }

  /** Takes measures back, as there was no deviation; an operator and a regulator decide it. */
  lift(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: judges, schema: incidentDecisionSchema };
    return this.transact(context, argument, rule, (call, decision) =>
      decideIncident(call, { ...decision, action: 'lift', amount: '0' }),
    );
  }

  /** Ends an incident without a penalty; an operator and a regulator decide it. */
  close(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: judges, schema: incidentDecisionSchema };
    return this.transact(context, argument, rule, (call, decision) =>
      decideIncident(call, { ...decision, action: 'close', amount: '0' }),
    );
  }

  /** Pays a member's frozen rewards out once no incident holds them back, for anyone. */
  releaseRewards(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: memberReference };
    return this.transact(context, argument, rule, async (call, { memberId }) => {
      await call.state.require(members, memberId);
      if (await hasFrozenRewards(call.state, memberId)) {
        throw new VeilsumError(
          'REWARDS_FROZEN',
          `An incident holds the rewards of ${memberId} back; they are paid out when it has ended.`,
        );
      }
      const amount = await releaseRewards(call, memberId);
      call.emit('incidentChanged', { memberId, released: String(amount) });
      return { memberId, amount: String(amount) };
    });
  }

  /** An incident with what was decided on it. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: incidentReference };
    return this.transact(
      context,
      argument,
      rule,
      async ({ state }, { incidentId }): Promise<IncidentRecord> => ({
        incident: await requireIncident(state, incidentId),
        votes: await state.list(incidentVotes, incidentId),
      }),
    );
  }

  /** Incidents, the earliest first; of one member, in one status, or all. */
  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: incidentFilter };
    return this.transact(context, argument, rule, async ({ state }, { memberId, status }) =>
      (await state.list(incidents, ...(memberId === undefined ? [] : [memberId])))
        .filter((incident) => status === undefined || incident.status === status)
        .sort(byTime),
    );
  }
}

async function write(call: TransactionCall, incident: Incident): Promise<Incident> {
  await putIncident(call.state, incident);
  call.emit('incidentChanged', incidentEvent(incident));
  return incident;
}

function byTime(left: Incident, right: Incident): number {
  return left.openedAt - right.openedAt || (left.incidentId < right.incidentId ? -1 : 1);
}
