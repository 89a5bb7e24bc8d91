import { roleSchema, type Consortium, type Role, type Verdict } from '@veilsum/protocol';
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
