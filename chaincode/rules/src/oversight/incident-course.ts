import type {
  Incident,
  IncidentAction,
  IncidentStatus,
  IncidentVote,
  Member,
  Verdict,
} from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** Whether an incident closes because what went wrong was mended within its time of grace. */
export function checkRectification(
  { status, rectifyUntil }: Pick<Incident, 'status' | 'rectifyUntil'>,
  { mended, now }: { readonly mended: boolean; readonly now: number },
): Verdict {
  return verdictOf([
    outcomeOf('incident-status', status === 'open' ? undefined : notIn(status, 'open'), { status }),
    outcomeOf(
      'incident-grace',
      now <= rectifyUntil
        ? undefined
        : { code: 'INVALID_STATE', sentence: 'The time of grace of the incident is over.' },
      { rectifyUntil, now },
    ),
    outcomeOf(
      'incident-mended',
      mended
        ? undefined
        : {
            code: 'INCIDENT_NOT_MENDED',
            sentence: 'The ledger does not show yet that what went wrong was mended.',
          },
    ),
  ]);
}

/** Whether an incident escalates because it was not mended in time; anyone may point that out. */
export function checkEscalation(
  { status, rectifyUntil }: Pick<Incident, 'status' | 'rectifyUntil'>,
  now: number,
): Verdict {
  return verdictOf([
    outcomeOf(
      'incident-status',
      status === 'open' && rectifyUntil > 0
        ? undefined
        : notIn(status, 'open with a time of grace'),
      { status },
    ),
    outcomeOf(
      'incident-grace',
      now > rectifyUntil
        ? undefined
        : {
            code: 'DEADLINE_NOT_REACHED',
            sentence: 'The time of grace of the incident has not ended yet.',
          },
      { rectifyUntil, now },
    ),
  ]);
}

/** In which status of an incident what can be decided. */
const DECIDABLE: Readonly<Record<IncidentAction, readonly IncidentStatus[]>> = {
  penalise: ['escalated'],
  lift: ['escalated'],
  close: ['open', 'escalated'],
};

type Person = Pick<Member, 'memberId' | 'legalEntityId'>;

/** What a decision on an incident is held against. */
export interface DecisionFacts {
  readonly incident: Pick<Incident, 'status'>;
  readonly action: IncidentAction;
  /** Minor units of frozen rewards that a penalty takes. */
  readonly amount: bigint;
  readonly caller: Person;
  readonly accused: Person | undefined;
  /** What of the accused member's rewards is frozen, in minor units. */
  readonly frozen: bigint;
}

/** Whether a member may decide this on an incident; its role is checked before. */
export function checkDecision(facts: DecisionFacts): Verdict {
  const { incident, action, amount, frozen } = facts;
  const { status } = incident;
  return verdictOf([
    outcomeOf('incident-judge', judgeFault(facts), { judge: facts.caller.memberId }),
    outcomeOf(
      'incident-status',
      DECIDABLE[action].includes(status)
        ? undefined
        : notIn(status, DECIDABLE[action].join(' or ')),
      { status, action },
    ),
    outcomeOf(
      'incident-amount',
      amount <= frozen
        ? undefined
        : {
            code: 'INSUFFICIENT_FUNDS',
            sentence: `Of the member's rewards ${frozen} minor units are frozen; a penalty takes no more.`,
          },
      { amount: String(amount), frozen: String(frozen) },
    ),
  ]);
}

/**
 * Whether two decisions are one: by the other role and another legal entity, the same action and amount, on
 * the incident in the same status.
 */
export function isSameDecision(
  one: IncidentVote,
  other: IncidentVote,
  sameEntity: boolean,
): boolean {
  return (
    !sameEntity &&
    one.role !== other.role &&
    one.action === other.action &&
    one.amount === other.amount &&
    one.status === other.status
  );
}

const OUTCOMES = { penalise: 'penalised', lift: 'lifted', close: 'closed' } as const;

/** The incident after a decision; its measures end. */
export function closedBy(incident: Incident, action: IncidentAction, now: number): Incident {
  return { ...incident, status: 'closed', outcome: OUTCOMES[action], closedAt: now };
}

/** The incident after it was mended. */
export function rectified(incident: Incident, now: number): Incident {
  return { ...incident, status: 'rectified', rectifiedAt: now };
}

function judgeFault({ caller, accused }: DecisionFacts): RuleFailure | undefined {
  return accused?.legalEntityId === caller.legalEntityId
    ? { code: 'FORBIDDEN', sentence: 'Nobody decides on an incident of the own legal entity.' }
    : undefined;
}

function notIn(status: IncidentStatus, wanted: string): RuleFailure {
  return {
    code: 'INVALID_STATE',
    sentence: `The incident is ${status}; this needs one that is ${wanted}.`,
  };
}
