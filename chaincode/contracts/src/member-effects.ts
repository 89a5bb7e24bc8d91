import {
  VeilsumError,
  proposalContentSchemas,
  type Member,
  type ProposalContent,
  type Role,
} from '@veilsum/protocol';
import {
  checkMemberRegistrations,
  checkProposedStatus,
  checkRoleChange,
  hasRulePower,
  memberApprovals,
  requireAllowed,
  ruleApprovals,
  type ApprovalDecision,
  type ApprovalFacts,
} from '@veilsum/rules';
import { consortia, members } from './ledger-objects.js';
import {
  addMembers,
  changeMember,
  claimCertificate,
  countActiveOperators,
  requireFreeCertificate,
} from './member-registration.js';
import type { EffectCall, EffectEvent, ProposedKind } from './proposal-effect.js';
import { representatives } from './proposal-objects.js';
import { recordRuleChange } from './rule-change.js';
import { takenId } from './same-content.js';
import type { WorldState } from './world-state.js';

/** Members that are let in together. */
export const member: ProposedKind<ProposalContent<'member'>> = {
  schema: proposalContentSchemas.member,
  approvals: (facts, { registrations }) => approvalsFor(facts, registrations),
  async check({ state }, { registrations }) {
    for (const { memberId } of registrations) {
      if ((await state.get(members, memberId)) !== undefined) throw takenId('member', memberId);
    }
    const consortium = await state.require(consortia);
    requireAllowed(checkMemberRegistrations(registrations, consortium));
    for (const fingerprint of registrations.flatMap((one) => one.certificateFingerprints)) {
      await requireFreeCertificate(state, fingerprint);
    }
  },
  async effect(call, { registrations }) {
    const policy = registrations.some(hasRulePower) ? await recordRuleChange(call) : undefined;
    await addMembers(call, registrations, policy);
    const memberIds = registrations.map(({ memberId }) => memberId);
    return { name: 'memberChanged', payload: { memberIds } };
  },
};

/** What a member may do from then on. */
export const memberRoles: ProposedKind<ProposalContent<'memberRoles'>> = {
  schema: proposalContentSchemas.memberRoles,
  async approvals(facts, { memberId, roles }, { state }) {
    return approvalsFor(facts, [await state.require(members, memberId), { roles }]);
  },
  async check({ state }, { memberId, roles }) {
    const found = await state.require(members, memberId);
    const consortium = await state.require(consortia);
    const activeOperators = await countActiveOperators(state);
    requireAllowed(checkRoleChange({ member: found, roles, consortium, activeOperators }));
  },
  effect: (call, { memberId, roles }) => change(call, memberId, { roles }),
};

/** Suspends a member, lets it back in, or removes it. */
export const memberStatus: ProposedKind<ProposalContent<'memberStatus'>> = {
  schema: proposalContentSchemas.memberStatus,
  async approvals(facts, { memberId }, { state }) {
    return approvalsFor(facts, [await state.require(members, memberId)]);
  },
  async check({ state }, { memberId, status }) {
    const found = await state.require(members, memberId);
    const activeOperators = await countActiveOperators(state);
    requireAllowed(checkProposedStatus({ member: found, status, activeOperators }));
  },
  effect: (call, { memberId, status }) => change(call, memberId, { status }),
};

/**
 * A further certificate that speaks for a member, e.g. after it has lost its keys. Organisations that have
 * none left to sign with are not asked, or nobody could ever give them one.
 */
export const memberCertificate: ProposedKind<ProposalContent<'memberCertificate'>> = {
  schema: proposalContentSchemas.memberCertificate,
  async approvals({ consortium }, { memberId }, { state }) {
    const represented = await organisationsAbleToSign(state);
    return approvalsFor({ consortium, represented }, [await state.require(members, memberId)]);
  },
  async check({ state }, { memberId, fingerprint }) {
    const { status, certificateFingerprints } = await state.require(members, memberId);
    if (status === 'left' || certificateFingerprints.includes(fingerprint)) {
      const sentence =
        status === 'left' ? 'has left.' : 'has this certificate already; nothing is to be changed.';
      throw new VeilsumError('INVALID_STATE', `The member ${memberId} ${sentence}`);
    }
    await requireFreeCertificate(state, fingerprint);
  },
  async effect(call, { memberId, fingerprint }) {
    const { certificateFingerprints: known } = await call.state.require(members, memberId);
    await claimCertificate(call.state, fingerprint, memberId);
    return change(call, memberId, { certificateFingerprints: [...known, fingerprint] });
  },
};

function approvalsFor(
  facts: ApprovalFacts,
  concerned: readonly { readonly roles: readonly Role[] }[],
): ApprovalDecision {
  return concerned.some(hasRulePower) ? ruleApprovals(facts) : memberApprovals(facts);
}

async function organisationsAbleToSign(state: WorldState): Promise<string[]> {
  const able: string[] = [];
  for (const { memberId, mspId } of await state.list(representatives)) {
    const { certificateFingerprints } = await state.require(members, memberId);
    if (certificateFingerprints.length > 0) able.push(mspId);
  }
  return able;
}

async function change(
  call: EffectCall,
  memberId: string,
  changed: Partial<Member>,
): Promise<EffectEvent> {
  const from = await call.state.require(members, memberId);
  await changeMember(call, { from, to: { ...from, ...changed } });
  return { name: 'memberChanged', payload: { memberId } };
}
