import type { Incident, Member, OpeningTask, Verdict } from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import { isOpeningDue } from './opening-rules.js';

/** What a change of a member's status is held against. */
export interface DutyFacts {
  readonly memberId: string;
  /** What the member is to become. */
  readonly status: Member['status'];
  readonly byItself: boolean;
  readonly incidents: readonly Pick<Incident, 'status' | 'suspended'>[];
  readonly openings: readonly Pick<OpeningTask, 'status'>[];
}

/** Whether nothing that others wait for speaks against a change of a member's status. */
export function checkDuties(facts: DutyFacts): Verdict {
  const about = { memberId: facts.memberId, status: facts.status };
  return verdictOf([
    outcomeOf('duties-before-leaving', leavingFault(facts), about),
    outcomeOf('suspension-by-incident', readmissionFault(facts), about),
  ]);
}

function leavingFault(facts: DutyFacts): RuleFailure | undefined {
  if (facts.status !== 'left' || !facts.byItself) return undefined;
  const openings = facts.openings.filter(isOpeningDue).length;
  const incidents = facts.incidents.filter(
    ({ status }) => status === 'open' || status === 'escalated',
  ).length;
  if (openings + incidents === 0) return undefined;
  return {
    code: 'OVERSIGHT_PENDING',
    sentence: `The member ${facts.memberId} has ${openings} openings to answer and ${incidents} incidents that have not ended.`,
  };
}

function readmissionFault({ status, incidents, memberId }: DutyFacts): RuleFailure | undefined {
  const isSuspended = incidents.some(
    (incident) => incident.status === 'escalated' && incident.suspended === true,
  );
  return status === 'active' && isSuspended
    ? {
        code: 'OVERSIGHT_PENDING',
        sentence: `An incident suspended ${memberId}; an operator and a regulator lift or close it.`,
      }
    : undefined;
}
