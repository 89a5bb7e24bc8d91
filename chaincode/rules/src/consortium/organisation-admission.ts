import {
  roleSchema,
  type Consortium,
  type Member,
  type Role,
  type Verdict,
} from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** An organisation that joins, with what its members may be. */
export interface OrganisationRoles {
  readonly mspId: string;
  readonly roles: readonly string[];
}

/** Whose organisations endorse every change of the rules, whatever the majority says. */
const DECISIVE_ROLES: readonly string[] = ['operator', 'regulator'] satisfies Role[];

/**
 * Whether an organisation may join a consortium with these roles. Operators and regulators can stop every
 * change of the rules, so that power goes to nobody who was not there when the rules were agreed.
 */
export function checkOrganisationAdmission(
  { mspId, roles }: OrganisationRoles,
  { mspRoles }: Pick<Consortium, 'mspRoles'>,
): Verdict {
  const about = { mspId, roles: [...roles].sort().join(' ') };
  return verdictOf([
    outcomeOf('organisation-new', presenceFault(mspId, mspRoles), about),
    outcomeOf('organisation-roles', rolesFault(roles), about),
    outcomeOf('organisation-decisive-roles', decisiveRoleFault(mspId, roles), about),
  ]);
}

/** What a change of an organisation's roles is held against. */
export interface OrganisationFacts {
  readonly consortium: Pick<Consortium, 'mspRoles'>;
  /** All members; those of other organisations do not matter. */
  readonly members: readonly Pick<Member, 'memberId' | 'mspId' | 'roles' | 'status'>[];
}

/**
 * Whether the members of an organisation, new or not, may be given these roles from then on. Roles that a
 * member still has are not taken away behind its back.
 */
export function checkOrganisationRoles(
  { mspId, roles }: OrganisationRoles,
  { consortium, members }: OrganisationFacts,
): Verdict {
  const about = { mspId, roles: [...roles].sort().join(' ') };
  return verdictOf([
    outcomeOf('organisation-roles', rolesFault(roles), about),
    outcomeOf('organisation-operator', noOperatorFault({ mspId, roles }, consortium), about),
    outcomeOf('organisation-members', heldRoleFault({ mspId, roles }, members), about),
  ]);
}

/** Whether the consortium has an organisation with exactly these roles, in whatever order. */
export function isAdmitted(
  { mspId, roles }: OrganisationRoles,
  { mspRoles }: Pick<Consortium, 'mspRoles'>,
): boolean {
  const present = Object.hasOwn(mspRoles, mspId) ? mspRoles[mspId] : undefined;
  return present !== undefined && [...present].sort().join() === [...roles].sort().join();
}

function presenceFault(mspId: string, mspRoles: Consortium['mspRoles']): RuleFailure | undefined {
  if (!Object.hasOwn(mspRoles, mspId)) return undefined;
  const roles = mspRoles[mspId]?.join(', ') ?? '';
  return {
    code: 'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    sentence: `The consortium has ${mspId} already, with the roles ${roles}; they cannot be changed this way.`,
  };
}

function rolesFault(roles: readonly string[]): RuleFailure | undefined {
  if (roles.length === 0) return invalid('The field roles must name a role.');
  const repeated = firstRepeated(roles);
  if (repeated !== undefined) return invalid(`The field roles has ${repeated} twice.`);
  const known: readonly string[] = roleSchema.options;
  const unknown = roles.find((role) => !known.includes(role));
  if (unknown === undefined) return undefined;
  return invalid(`There is no role ${unknown}; known: ${known.join(', ')}.`);
}

function noOperatorFault(
  { mspId, roles }: OrganisationRoles,
  { mspRoles }: Pick<Consortium, 'mspRoles'>,
): RuleFailure | undefined {
  const others = Object.entries(mspRoles).filter(([other]) => other !== mspId);
  const remains = roles.includes('operator') || others.some(([, may]) => may.includes('operator'));
  return remains ? undefined : invalid('Without this role nobody could be operator any more.');
}

function heldRoleFault(
  { mspId, roles }: OrganisationRoles,
  members: OrganisationFacts['members'],
): RuleFailure | undefined {
  const holder = members.find(
    (member) =>
      member.mspId === mspId &&
      member.status !== 'left' &&
      member.roles.some((role) => !roles.includes(role)),
  );
  if (holder === undefined) return undefined;
  const held = holder.roles.filter((role) => !roles.includes(role)).join(', ');
  return {
    code: 'INVALID_STATE',
    sentence: `${holder.memberId} of ${mspId} is ${held}; change its roles first.`,
  };
}

function decisiveRoleFault(mspId: string, roles: readonly string[]): RuleFailure | undefined {
  const decisive = roles.find((role) => DECISIVE_ROLES.includes(role));
  if (decisive === undefined) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: `${mspId} cannot be given the role ${decisive}: only organisations of the founding may hold it, as they endorse every change of the rules.`,
  };
}

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
