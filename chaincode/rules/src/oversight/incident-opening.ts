import type {
  Hash,
  Incident,
  IncidentId,
  IncidentKind,
  Member,
  ProductId,
  Role,
  Verdict,
} from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import type { EscalationRow } from './escalation-table.js';
import type { IncidentSubject } from './incident-subject.js';

/** Who may say what the ledger cannot see by itself. */
const ACCUSERS: readonly Role[] = ['operator', 'regulator', 'auditor'];

/** Kinds that the ledger shows by itself, so that anyone may point them out. */
const SHOWN_BY_LEDGER: ReadonlySet<IncidentKind> = new Set([
  'late-contribution',
  'missed-opening',
  'opening-mismatch',
]);

type Person = Pick<Member, 'memberId' | 'legalEntityId'>;

/** What a report of an incident is held against. */
export interface IncidentFacts {
  readonly kind: IncidentKind;
  readonly caller: Person & Pick<Member, 'roles'>;
  /** undefined for a result that does not decode: that accuses nobody. */
  readonly accused: (Person & Pick<Member, 'status'>) | undefined;
  /** What the table in force says; needed for whoever is accused. */
  readonly row: EscalationRow | undefined;
  /** Why the ledger does not show what is reported; undefined when it does. */
  readonly fault: RuleFailure | undefined;
}

/** Whether an incident may be opened (docs/ledger.md, Incidents). */
export function checkIncident(facts: IncidentFacts): Verdict {
  const { kind, caller, accused } = facts;
  const about = { kind, caller: caller.memberId, accused: accused?.memberId ?? '' };
  return verdictOf([
    outcomeOf('incident-table', tableFault(facts), about),
    outcomeOf('incident-accuser', accuserFault(facts), about),
    outcomeOf('incident-accused', accusedFault(facts), about),
    outcomeOf('incident-fact', facts.fault, about),
  ]);
}

/** A new incident and what it starts from. */
export interface NewIncident {
  readonly incidentId: IncidentId;
  readonly kind: IncidentKind;
  readonly subject: IncidentSubject;
  readonly memberId: Incident['memberId'];
  /** Whose contributions a freeze concerns. */
  readonly place: { readonly productId: ProductId; readonly epoch: Incident['epoch'] } | undefined;
  readonly row: EscalationRow | undefined;
  readonly evidenceHash: Hash | undefined;
  readonly openedBy: Member['memberId'];
  /** Ledger time in milliseconds. */
  readonly now: number;
  /** Every other incident of the member. */
  readonly others: readonly Incident[];
}

/**
 * The incident as it begins: the first minor deviation of a member with a time of grace, everything else
 * escalated at once.
 */
export function newIncident(start: NewIncident): Incident {
  const { row, now } = start;
  const begun: Incident = { ...begunBy(start), ...identityOf(start) };
  // A result that does not decode accuses nobody, so nothing can be in force.
  if (row === undefined) return begun;
  const { severity, graceMs, measures } = row.rule;
  const accusing: Incident = {
    ...begun,
    severity,
    rulebookVersion: row.rulebookVersion,
    measures: [...measures],
  };
  return severity === 'minor' && !isRepeated(start)
    ? { ...accusing, rectifyUntil: now + graceMs }
    : escalated(accusing, now);
}

function begunBy({ incidentId, kind, subject, openedBy, now }: NewIncident): Incident {
  return {
    incidentId,
    kind,
    subject: { ...subject },
    severity: 'minor',
    rulebookVersion: 0,
    measures: [],
    openedBy,
    openedAt: now,
    rectifyUntil: 0,
    status: 'open',
  };
}

/** The incident with its measures in force. */
export function escalated(incident: Incident, now: number): Incident {
  return { ...incident, status: 'escalated', escalatedAt: now };
}

/** A deviation that turned out to be none, so that its incident was lifted, does not count. */
function isRepeated({ kind, incidentId, others }: NewIncident): boolean {
  return others.some(
    (other) => other.kind === kind && other.incidentId !== incidentId && other.outcome !== 'lifted',
  );
}

/** What is known of an accused and of the evidence. */
function identityOf({ memberId, place, evidenceHash }: NewIncident): Partial<Incident> {
  return {
    ...(memberId === undefined ? {} : { memberId }),
    ...place,
    ...(evidenceHash === undefined ? {} : { evidenceHash }),
  };
}

function tableFault({ accused, row, kind }: IncidentFacts): RuleFailure | undefined {
  if (accused === undefined || row !== undefined) return undefined;
  return {
    code: 'ESCALATION_NOT_DEFINED',
    sentence: `The rulebook in force says nothing about ${kind}, so nobody can be accused of it.`,
  };
}

function accuserFault({ kind, caller, accused }: IncidentFacts): RuleFailure | undefined {
  if (SHOWN_BY_LEDGER.has(kind)) return undefined;
  if (!caller.roles.some((role) => ACCUSERS.includes(role))) {
    return {
      code: 'FORBIDDEN',
      sentence: `Only members with one of these roles report ${kind}: ${ACCUSERS.join(', ')}.`,
    };
  }
  return accused?.legalEntityId === caller.legalEntityId
    ? {
        code: 'FORBIDDEN',
        sentence: 'Nobody reports an incident against a member of the own legal entity.',
      }
    : undefined;
}

/** A suspended member cannot sign, so it could neither contribute nor answer in time. */
function accusedFault({ kind, accused }: IncidentFacts): RuleFailure | undefined {
  const couldAct = kind !== 'late-contribution' && kind !== 'missed-opening';
  return couldAct || accused?.status !== 'suspended'
    ? undefined
    : {
        code: 'INVALID_STATE',
        sentence: `The member ${accused.memberId} is suspended and cannot act.`,
      };
}
