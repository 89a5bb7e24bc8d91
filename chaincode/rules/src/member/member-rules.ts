import { ParameterError, hexToBytes, requireUsableRecipientKey } from '@veilsum/crypto';
import {
  type Consortium,
  type Fingerprint,
  type Member,
  type MemberRegistration,
  type Role,
  type Verdict,
} from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** Whether the consortium lets a member's MSP hold the roles, and the member can sign and be sealed to. */
export function checkMemberRegistration(
  registration: MemberRegistration,
  consortium: Pick<Consortium, 'mspRoles'>,
): Verdict {
  const about = { memberId: registration.memberId, mspId: registration.mspId };
  return verdictOf([
    outcomeOf('member-roles', roleFault(registration, consortium), about),
    outcomeOf('member-certificates', certificateFault(registration), about),
    outcomeOf('member-box-key', boxKeyFault(registration), about),
  ]);
}

/** Whether members may be let in together: each as {@link checkMemberRegistration} says, and no two as one. */
export function checkMemberRegistrations(
  registrations: readonly MemberRegistration[],
  consortium: Pick<Consortium, 'mspRoles'>,
): Verdict {
  const each = registrations.flatMap((one) => checkMemberRegistration(one, consortium).trace);
  return verdictOf([...each, outcomeOf('members-distinct', repetitionFault(registrations))]);
}

/** Whether what a consortium was founded on can work. */
export function checkConsortium({
  split,
  mspRoles,
}: Pick<Consortium, 'split' | 'mspRoles'>): Verdict {
  const sum =
    split.contributorsBps + split.keyholdersBps + split.operatorBps + split.subsidyFundBps;
  return verdictOf([
    outcomeOf(
      'consortium-split',
      sum === 10_000
        ? undefined
        : invalid(`The parts of the field split add up to ${sum}, not to 10000.`),
    ),
    outcomeOf('consortium-roles', assignableRoleFault(mspRoles)),
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

/** Whether a member's status may change: by the operator, or by the member itself to `left`, which is final. */
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

/** Roles that make, oversee or guard the rules. */
const RULE_POWERS: readonly Role[] = ['operator', 'keyholder', 'regulator', 'auditor'];

/**
 * Whether letting a member in, changing its status or giving it a certificate is a change of the rules,
 * which the operators' and the regulators' organisations must endorse (docs/ledger.md, Changes of the
 * rules). Taking a certificate away is none: that must work at once.
 */
export function hasRulePower({ roles }: { readonly roles: readonly Role[] }): boolean {
  return roles.some((role) => RULE_POWERS.includes(role));
}

function roleFault(
  { mspId, roles }: { readonly mspId: string; readonly roles: readonly Role[] },
  { mspRoles }: Pick<Consortium, 'mspRoles'>,
): RuleFailure | undefined {
  const repeated = firstRepeated(roles);
  if (repeated !== undefined) return invalid(`The field roles has ${repeated} twice.`);
  const allowed = Object.hasOwn(mspRoles, mspId) ? (mspRoles[mspId] ?? []) : [];
  const foreign = roles.find((role) => !allowed.includes(role));
  if (foreign === undefined) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: `The consortium does not let ${mspId} hold the role ${foreign}.`,
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

function repetitionFault(registrations: readonly MemberRegistration[]): RuleFailure | undefined {
  const member = firstRepeated(registrations.map(({ memberId }) => memberId));
  if (member !== undefined) return invalid(`The member ${member} is named twice.`);
  const certificates = registrations.flatMap((one) => one.certificateFingerprints);
  const certificate = firstRepeated(certificates);
  return certificate === undefined
    ? undefined
    : invalid(`The certificate ${certificate} is named twice.`);
}

function certificateFault({
  certificateFingerprints,
}: MemberRegistration): RuleFailure | undefined {
  if (certificateFingerprints.length === 0) {
    return invalid('The field certificateFingerprints must name a certificate.');
  }
  return firstRepeated(certificateFingerprints) === undefined
    ? undefined
    : invalid('The field certificateFingerprints has one twice.');
}

function boxKeyFault({ boxPublicKey }: MemberRegistration): RuleFailure | undefined {
  try {
    requireUsableRecipientKey(hexToBytes(boxPublicKey));
    return undefined;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return invalid('The field boxPublicKey is a key that everybody can open.');
  }
}

function assignableRoleFault(mspRoles: Consortium['mspRoles']): RuleFailure | undefined {
  const lists = Object.values(mspRoles);
  if (lists.some((roles) => firstRepeated(roles) !== undefined)) {
    return invalid('The field mspRoles has a role twice.');
  }
  return lists.some((roles) => roles.includes('operator'))
    ? undefined
    : invalid('The field mspRoles lets nobody hold the role operator.');
}

function statusCallerFault({ member, status, caller }: StatusChange): RuleFailure | undefined {
  if (caller.roles.includes('operator')) return undefined;
  if (caller.memberId === member.memberId && status === 'left') return undefined;
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
    sentence: 'Only the operator and the member itself revoke its certificates.',
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

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
