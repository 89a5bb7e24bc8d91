import { roleSchema, type Consortium, type Member, type Verdict } from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** An organisation that joins, with what its members may be. */
export interface OrganisationRoles {
  readonly mspId: string;
  readonly roles: readonly string[];
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

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
