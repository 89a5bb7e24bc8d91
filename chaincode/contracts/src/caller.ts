import { VeilsumError, type Member } from '@veilsum/protocol';
import { certificates, consortia, members } from './ledger-objects.js';
import type { Access, UnregisteredCall } from './transaction-call.js';

/**
 * The active member who signed a transaction, found by his certificate.
 * @throws {@link VeilsumError} UNAUTHENTICATED, CERTIFICATE_REVOKED, MEMBER_NOT_ACTIVE, FORBIDDEN, or
 * NOT_INITIALISED while there is no consortium
 */
export async function requireActiveCaller(call: UnregisteredCall, access: Access): Promise<Member> {
  const member = await requireCertifiedMember(call);
  if (member.status !== 'active') {
    throw new VeilsumError('MEMBER_NOT_ACTIVE', `The member ${member.memberId} is not active.`);
  }
  requireRole(member, access);
  return member;
}

/** @throws {@link VeilsumError} FORBIDDEN when the member holds none of the roles */
export function requireRole(member: Member, access: Access): void {
  if (access === 'member' || access.some((role) => member.roles.includes(role))) return;
  throw new VeilsumError(
    'FORBIDDEN',
    `The member ${member.memberId} has none of these roles: ${access.join(', ')}.`,
  );
}

async function requireCertifiedMember({ state, mspId, fingerprint }: UnregisteredCall) {
  const certificate = await state.get(certificates, fingerprint);
  if (certificate === undefined) throw await unknownCertificate(state);
  if (certificate.status === 'revoked') {
    throw new VeilsumError(
      'CERTIFICATE_REVOKED',
      `This certificate of the member ${certificate.memberId} was revoked.`,
    );
  }
  const member = await state.require(members, certificate.memberId);
  if (member.mspId !== mspId || !member.certificateFingerprints.includes(fingerprint)) {
    throw new VeilsumError(
      'UNAUTHENTICATED',
      `This certificate does not speak for the member ${member.memberId}.`,
    );
  }
  return member;
}

async function unknownCertificate(state: UnregisteredCall['state']): Promise<VeilsumError> {
  return (await state.get(consortia)) === undefined
    ? new VeilsumError('NOT_INITIALISED', 'The consortium has not been founded yet.')
    : new VeilsumError('UNAUTHENTICATED', 'This certificate belongs to no member.');
}
