import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';

/**
 * Nothing is committed that was signed by a certificate that does not speak for an active member. What
 * the transaction itself changed of its signer counts as it was before.
 */
export function signersActive(state: CommittedState, commit: Commit): string[] {
  const { signer, changes, transaction } = commit;
  if (transaction === 'initialize') return [];
  const [own] = changes.of('member').filter(({ parts }) => parts[0] === signer.memberId);
  const member = own === undefined ? state.get('member', signer.memberId) : own.before;
  const speaks = member?.certificateFingerprints.includes(signer.fingerprint) ?? false;
  return [
    ...(member?.status === 'active' ? [] : [`${signer.memberId} signed and is ${member?.status}`]),
    ...(speaks ? [] : [`${signer.name} signed with a certificate that speaks for nobody`]),
  ];
}

/** Whoever is a member belongs to an organisation that may hold each of its roles, and each certificate speaks for one. */
export function membersAdmitted(state: CommittedState, { changes }: Commit): string[] {
  return changes.of('member').flatMap(({ after }) => {
    if (after === undefined) return ['a member was deleted'];
    const allowed = state.list('consortium')[0]?.mspRoles[after.mspId] ?? [];
    const foreign = after.roles.filter((role) => !allowed.includes(role));
    const shared = state
      .list('member')
      .filter(({ memberId }) => memberId !== after.memberId)
      .flatMap((other) => other.certificateFingerprints)
      .filter((fingerprint) => after.certificateFingerprints.includes(fingerprint));
    return [
      ...foreign.map((role) => `${after.memberId} of ${after.mspId} may not be ${role}`),
      ...shared.map((fingerprint) => `${after.memberId} shares the certificate ${fingerprint}`),
    ];
  });
}
