import { ParameterError, hexToBytes, requireUsableRecipientKey } from '@veilsum/crypto';
import type { Consortium, MemberRegistration, Role, Verdict } from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import { hasRulePower } from './rule-power.js';

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

/**
 * Whether a consortium may begin with these members: together they can change its rules, which takes two
 * organisations that have power over them.
 */
export function checkFounders(
  registrations: readonly MemberRegistration[],
  consortium: Pick<Consortium, 'mspRoles'>,
): Verdict {
  const powerful = registrations.filter(hasRulePower).map(({ mspId }) => mspId);
  const organisations = [...new Set(powerful)].sort();
  const failure: RuleFailure = {
    code: 'APPROVERS_MISSING',
    sentence:
      'No rule could ever change: among the founding members are operators, keyholders, regulators or auditors of one organisation only; a second one must found the consortium with them.',
  };
  return verdictOf([
    ...checkMemberRegistrations(registrations, consortium).trace,
    outcomeOf('founders-organisations', organisations.length < 2 ? failure : undefined, {
      organisations: organisations.join(' '),
    }),
  ]);
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

/** What is wrong with these roles for a member of an organisation. */
export function roleFault(
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

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
