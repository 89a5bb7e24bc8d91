import type { Fingerprint, Member, MemberId, MemberRegistration } from '@veilsum/protocol';
import { VeilsumError } from '@veilsum/protocol';
import { hasRulePower, type EndorsementPolicy } from '@veilsum/rules';
import { certificates, members } from './ledger-objects.js';
import { representatives } from './proposal-objects.js';
import { recordRuleChange } from './rule-change.js';
import { isSentAgain, takenId } from './same-content.js';
import type { UnregisteredCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** Whether a member was registered with exactly this content. */
export function isSameRegistration(member: Member, registration: MemberRegistration): boolean {
  return isSentAgain(member, registration, ['status', 'registeredAt']);
}

/**
 * Writes an active member and its certificates.
 * @param policy who endorses changes of the rules; needed exactly for members with power over them
 */
export async function addMember(
  { state, now }: Pick<UnregisteredCall, 'state' | 'now'>,
  registration: MemberRegistration,
  policy?: EndorsementPolicy,
): Promise<Member> {
  const member: Member = { ...registration, status: 'active', registeredAt: now };
  for (const fingerprint of member.certificateFingerprints) {
    await claimCertificate(state, fingerprint, member.memberId);
  }
  await state.put(members, [member.memberId], member);
  if (speaksForOrganisation(member)) await putRepresentative(state, member, policy);
  return member;
}

/** Like {@link addMember}, one after another. */
export async function addMembers(
  call: Pick<UnregisteredCall, 'state' | 'now'>,
  registrations: readonly MemberRegistration[],
  policy?: EndorsementPolicy,
): Promise<Member[]> {
  const added: Member[] = [];
  for (const registration of registrations) added.push(await addMember(call, registration, policy));
  return added;
}

/**
 * Writes what a member has become, as a change of the rules where it had power over them or has it now.
 * @throws {@link VeilsumError} MIGRATION_PENDING
 */
export async function changeMember(
  call: Pick<UnregisteredCall, 'state' | 'transactionId'>,
  { from, to }: { readonly from: Member; readonly to: Member },
): Promise<void> {
  const { state } = call;
  if (hasRulePower(from) || hasRulePower(to)) {
    const policy = await recordRuleChange(call);
    const spoke = speaksForOrganisation(from);
    // A key that is there keeps its policy.
    if (speaksForOrganisation(to)) await putRepresentative(state, to, spoke ? undefined : policy);
    else if (spoke) await state.delete(representatives, from.mspId, from.memberId);
  }
  await state.put(members, [to.memberId], to);
}

/** Lists a member among those who speak for their organisations. */
export async function putRepresentative(
  state: WorldState,
  { memberId, mspId, roles }: Member,
  policy: EndorsementPolicy | undefined,
): Promise<void> {
  await state.put(representatives, [mspId, memberId], { memberId, mspId, roles }, policy);
}

/** Whether a member's word counts for its organisation. */
export function speaksForOrganisation(member: Pick<Member, 'roles' | 'status'>): boolean {
  return member.status === 'active' && hasRulePower(member);
}

/** @returns the number of active members with the role `operator` */
export async function countActiveOperators(state: WorldState): Promise<number> {
  const all = await state.list(representatives);
  return all.filter(({ roles }) => roles.includes('operator')).length;
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
  await requireFreeCertificate(state, fingerprint);
  await state.put(certificates, [fingerprint], { memberId, status: 'active' });
}

/** @throws {@link VeilsumError} ALREADY_EXISTS_WITH_DIFFERENT_CONTENT, CERTIFICATE_REVOKED */
export async function requireFreeCertificate(
  state: WorldState,
  fingerprint: Fingerprint,
): Promise<void> {
  const certificate = await state.get(certificates, fingerprint);
  if (certificate?.status === 'revoked') {
    throw new VeilsumError('CERTIFICATE_REVOKED', `The certificate ${fingerprint} was revoked.`);
  }
  if (certificate !== undefined) throw takenId('certificate', fingerprint);
}
