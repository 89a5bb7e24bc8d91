import type { Fingerprint, Member, MemberId, MemberRegistration } from '@veilsum/protocol';
import { VeilsumError } from '@veilsum/protocol';
import { certificates, members } from './ledger-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { UnregisteredCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** Whether a member was registered with exactly this content. */
export function isSameRegistration(member: Member, registration: MemberRegistration): boolean {
  return isSentAgain(member, registration, ['status', 'registeredAt']);
}

/** Writes an active member and its certificates. */
export async function addMember(
  { state, now }: Pick<UnregisteredCall, 'state' | 'now'>,
  registration: MemberRegistration,
): Promise<Member> {
  const member: Member = { ...registration, status: 'active', registeredAt: now };
  for (const fingerprint of member.certificateFingerprints) {
    await claimCertificate(state, fingerprint, member.memberId);
  }
  await state.put(members, [member.memberId], member);
  return member;
}

/**
 * Lets a certificate speak for a member. One that ever spoke for a member, revoked or not, is never
 * given again.
 * @throws {@link VeilsumError} ALREADY_EXISTS_WITH_DIFFERENT_CONTENT, CERTIFICATE_REVOKED
 */
export async function claimCertificate(
  state: WorldState,
  fingerprint: Fingerprint,
  memberId: MemberId,
): Promise<void> {
  const certificate = await state.get(certificates, fingerprint);
  if (certificate?.status === 'revoked') {
    throw new VeilsumError('CERTIFICATE_REVOKED', `The certificate ${fingerprint} was revoked.`);
  }
  if (certificate !== undefined) throw takenId('certificate', fingerprint);
  await state.put(certificates, [fingerprint], { memberId, status: 'active' });
}
