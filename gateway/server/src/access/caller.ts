import { VeilsumError, type Fingerprint, type Member, type Role } from '@veilsum/protocol';

/** The active member behind a request, as the ledger has it now. */
export interface Caller {
  readonly member: Member;
  /** Of the certificate that signed the token. */
  readonly fingerprint: Fingerprint;
}

/** A reason why a caller may do something. */
export type Permission = (caller: Caller) => boolean;

/** Members with one of the roles. */
export function hasRole(...roles: readonly Role[]): Permission {
  return ({ member }) => roles.some((role) => member.roles.includes(role));
}

/** That member alone. */
export function isMember(memberId: string | undefined): Permission {
  return ({ member }) => member.memberId === memberId;
}

/**
 * Nothing is allowed that no permission names.
 *
 * @throws {@link VeilsumError} FORBIDDEN with the sentence
 */
export function requireAnyOf(
  caller: Caller,
  permissions: readonly Permission[],
  sentence: string,
): void {
  if (!permissions.some((permits) => permits(caller)))
    throw new VeilsumError('FORBIDDEN', sentence);
}
