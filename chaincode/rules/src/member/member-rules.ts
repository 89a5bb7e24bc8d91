import type {
  Consortium,
  Fingerprint,
  Member,
  MemberRegistration,
  Role,
  Verdict,
} from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import { roleFault } from './member-registration-rules.js';
import { hasRulePower } from './rule-power.js';

/** Roles that the operator grants alone: they neither contribute, nor hold keys, nor oversee. */
const LONE_GRANTS: readonly Role[] = ['analyst', 'gateway'];

/** Whether the operator may let a member in without asking another organisation. */
export function checkLoneGrant(member: Pick<MemberRegistration, 'memberId' | 'roles'>): Verdict {
  return verdictOf([
    outcomeOf('lone-grant', loneGrantFault(member, 'Letting'), { memberId: member.memberId }),
  ]);
}

/** Whether a further certificate may be given to a member without asking another organisation. */
export function checkCertificateAddition(
  member: Pick<Member, 'memberId' | 'roles' | 'status'>,
  caller: Pick<Member, 'memberId' | 'roles'>,
): Verdict {
  const about = { memberId: member.memberId, caller: caller.memberId };
  const own = member.memberId === caller.memberId;
  return verdictOf([
    outcomeOf('certificate-caller', operatorOrSelfFault(member, caller), about),
    outcomeOf('certificate-lone', own ? undefined : loneGrantFault(member, 'Certifying'), about),
    outcomeOf(
      'certificate-member',
      member.status === 'left'
        ? { code: 'INVALID_STATE', sentence: `The member ${member.memberId} has left.` }
        : undefined,
      about,
    ),
  ]);
}

/** A change of a member's status. */
export interface StatusChange {
  readonly member: Pick<Member, 'memberId' | 'status' | 'roles'>;
  readonly status: Member['status'];
  readonly caller: Pick<Member, 'memberId' | 'roles'>;
  /** Number of active members with the role `operator`. */
  readonly activeOperators: number;
}

const statusSteps: Readonly<Record<Member['status'], readonly Member['status'][]>> = {
  pending: ['active', 'left'],
  active: ['suspended', 'left'],
  suspended: ['active', 'left'],
  left: [],
};

/**
 * Whether a member's status may change without asking others: by the operator where the member has no power
 * over the rules, or by the member itself to `left`, which is final.
 */
export function checkStatusChange(change: StatusChange): Verdict {
  const { member, status } = change;
  const about = { memberId: member.memberId, from: member.status, to: status };
  return verdictOf([
    outcomeOf('member-status-caller', statusCallerFault(change), about),
    ...checkProposedStatus(change).trace,
  ]);
}

/** Whether a member's status may change, whoever asks for it. */
export function checkProposedStatus({
  member,
  status,
  activeOperators,
}: Omit<StatusChange, 'caller'>): Verdict {
  const about = { memberId: member.memberId, from: member.status, to: status };
  return verdictOf([
    outcomeOf(
      'member-status-step',
      statusSteps[member.status].includes(status)
        ? undefined
        : {
            code: 'INVALID_STATE',
            sentence: `A member that is ${member.status} cannot become ${status}.`,
          },
      about,
    ),
    outcomeOf(
      'last-operator',
      isLastOperator(member, activeOperators) ? lastOperatorFailure() : undefined,
      about,
    ),
  ]);
}

/** A change of what a member may do. */
export interface RoleChange {
  readonly member: Pick<Member, 'memberId' | 'mspId' | 'roles' | 'status'>;
  readonly roles: readonly Role[];
  readonly consortium: Pick<Consortium, 'mspRoles'>;
  /** Number of active members with the role `operator`. */
  readonly activeOperators: number;
}

/** Whether a member may be given these roles in the place of those that it has. */
export function checkRoleChange({
  member,
  roles,
  consortium,
  activeOperators,
}: RoleChange): Verdict {
  const about = { memberId: member.memberId, mspId: member.mspId };
  const last = isLastOperator(member, activeOperators) && !roles.includes('operator');
  return verdictOf([
    outcomeOf('member-roles', roleFault({ mspId: member.mspId, roles }, consortium), about),
    outcomeOf('member-roles-new', sameRolesFault(member, roles), about),
    outcomeOf('last-operator', last ? lastOperatorFailure() : undefined, about),
  ]);
}

/** Whether a certificate may be revoked: by the operator or the member itself, and never the last one of the last operator. */
export function checkCertificateRevocation(change: {
  readonly member: Pick<Member, 'memberId' | 'roles' | 'status' | 'certificateFingerprints'>;
  readonly fingerprint: Fingerprint;
  readonly caller: Pick<Member, 'memberId' | 'roles'>;
  readonly activeOperators: number;
}): Verdict {
  const { member, fingerprint, caller, activeOperators } = change;
  const about = { memberId: member.memberId, fingerprint };
  const known = member.certificateFingerprints.includes(fingerprint);
  const last = known && member.certificateFingerprints.length === 1;
  return verdictOf([
    outcomeOf('certificate-caller', operatorOrSelfFault(member, caller), about),
    outcomeOf(
      'certificate-known',
      known ? undefined : { code: 'NOT_FOUND', sentence: 'The member has no such certificate.' },
      about,
    ),
    outcomeOf(
      'last-operator',
      last && isLastOperator(member, activeOperators) ? lastOperatorFailure() : undefined,
      about,
    ),
  ]);
}

function loneGrantFault(
  { memberId, roles }: Pick<MemberRegistration, 'memberId' | 'roles'>,
  doing: string,
): RuleFailure | undefined {
  const role = roles.find((other) => !LONE_GRANTS.includes(other));
  if (role === undefined) return undefined;
  return {
    code: 'PROPOSAL_REQUIRED',
    sentence: `${doing} ${memberId} in the role ${role} needs a proposal that another organisation approves; the operator decides alone about ${LONE_GRANTS.join(' and ')} only.`,
  };
}

function sameRolesFault(
  { memberId, roles, status }: RoleChange['member'],
  wanted: readonly Role[],
): RuleFailure | undefined {
  if (status === 'left') {
    return { code: 'INVALID_STATE', sentence: `The member ${memberId} has left.` };
  }
  if ([...roles].sort().join() !== [...wanted].sort().join()) return undefined;
  return { code: 'INVALID_STATE', sentence: `The member ${memberId} has these roles already.` };
}

function statusCallerFault({ member, status, caller }: StatusChange): RuleFailure | undefined {
  if (caller.memberId === member.memberId && status === 'left') return undefined;
  if (caller.roles.includes('operator')) {
    if (!hasRulePower(member)) return undefined;
    return {
      code: 'PROPOSAL_REQUIRED',
      sentence: `${member.memberId} has power over the rules, so its status changes by a proposal that other organisations approve; a certificate can be revoked at once.`,
    };
  }
  return {
    code: 'FORBIDDEN',
    sentence: 'Only the operator changes a status; a member may itself leave.',
  };
}

function operatorOrSelfFault(
  member: Pick<Member, 'memberId'>,
  caller: Pick<Member, 'memberId' | 'roles'>,
): RuleFailure | undefined {
  if (caller.roles.includes('operator') || caller.memberId === member.memberId) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: 'Only the operator and the member itself give or revoke its certificates.',
  };
}

function isLastOperator(
  { roles, status }: Pick<Member, 'roles' | 'status'>,
  activeOperators: number,
): boolean {
  return roles.includes('operator') && status === 'active' && activeOperators <= 1;
}

function lastOperatorFailure(): RuleFailure {
  return {
    code: 'INVALID_STATE',
    sentence:
      'Without its last operator nobody could let members in; enrol another operator first.',
  };
}
