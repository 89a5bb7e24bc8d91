import {
  VeilsumError,
  proposalContentSchemas,
  type CommitteeKey,
  type CommitteeKeyRegistration,
  type Member,
  type MemberId,
  type ProposalContent,
} from '@veilsum/protocol';
import { checkCommitteeKey, committeeKeyApprovals, requireAllowed } from '@veilsum/rules';
import { committeeKeys, consortia, currentKeys, members } from './ledger-objects.js';
import type { ProposedKind } from './proposal-effect.js';
import { recordRuleChange } from './rule-change.js';
import { isSentAgain, takenId } from './same-content.js';
import type { WorldState } from './world-state.js';

/** A checked key, which takes new epochs; earlier keys stay until retired. */
export const committeeKey: ProposedKind<CommitteeKeyRegistration> = {
  schema: proposalContentSchemas.committeeKey,
  async approvals(facts, { keyholders }, { state }) {
    return committeeKeyApprovals(facts, organisationsOf(await existing(state, keyholders)));
  },
  async check({ state }, registration) {
    await requireNewKey(state, registration);
    const consortium = await state.require(consortia);
    const keyholders = await existing(state, registration.keyholders);
    requireAllowed(checkCommitteeKey({ registration, consortium, keyholders }));
  },
  async effect(call, registration) {
    const { state, now, proposedBy } = call;
    const { keyId } = registration.record;
    const key: CommitteeKey = {
      ...registration,
      keyId,
      status: 'active',
      proposedBy,
      registeredAt: now,
    };
    const policy = await recordRuleChange(call);
    const hadCurrent = (await state.get(currentKeys)) !== undefined;
    await state.put(committeeKeys, [keyId], key, policy);
    await state.put(currentKeys, [], { keyId }, hadCurrent ? undefined : policy);
    return { name: 'keyRegistered', payload: { keyId } };
  },
};

/** The end of a key, for ever: nothing encrypted under it can be queried any more. */
export const committeeKeyRetirement: ProposedKind<ProposalContent<'committeeKeyRetirement'>> = {
  schema: proposalContentSchemas.committeeKeyRetirement,
  async approvals(facts, { keyId }, { state }) {
    const { keyholders } = await state.require(committeeKeys, keyId);
    return committeeKeyApprovals(facts, organisationsOf(await existing(state, keyholders)));
  },
  async check({ state }, { keyId }) {
    const { status } = await state.require(committeeKeys, keyId);
    if (status === 'active') return;
    throw new VeilsumError('INVALID_STATE', `The key ${keyId} is retired already.`);
  },
  async effect(call, { keyId }) {
    const { state } = call;
    const key = await state.require(committeeKeys, keyId);
    await recordRuleChange(call);
    await state.put(committeeKeys, [keyId], { ...key, status: 'retired' });
    const current = await state.get(currentKeys);
    if (current?.keyId === keyId) await state.delete(currentKeys);
    return { name: 'keyRetired', payload: { keyId } };
  },
};

const addedFields = ['keyId', 'status', 'proposedBy', 'registeredAt'] as const;

async function requireNewKey(
  state: WorldState,
  registration: CommitteeKeyRegistration,
): Promise<void> {
  const { keyId } = registration.record;
  const known = await state.get(committeeKeys, keyId);
  if (known === undefined) return;
  if (!isSentAgain(known, registration, addedFields)) throw takenId('committee key', keyId);
  throw new VeilsumError('INVALID_STATE', `The committee key ${keyId} is registered already.`);
}

const organisationsOf = (found: readonly Member[]): string[] => found.map(({ mspId }) => mspId);

/** The members that exist among those named, in that order. */
async function existing(state: WorldState, memberIds: readonly MemberId[]): Promise<Member[]> {
  const found: Member[] = [];
  for (const memberId of new Set(memberIds)) {
    const member = await state.get(members, memberId);
    if (member !== undefined) found.push(member);
  }
  return found;
}
