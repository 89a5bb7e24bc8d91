import { common, msp } from '@hyperledger/fabric-protos';

import type { MspIdentity } from './organisation-msp.js';
import { fulfilsSignaturePolicy } from './signature-policy.js';
import { signersOf, type Organisations, type SignedData } from './signed-data.js';

const { PolicyType } = common.Policy;
const { Rule } = common.ImplicitMetaPolicy;

/** The policies of a channel's configuration, found by their place in it. */
export class ChannelPolicies {
  readonly #channel: common.ConfigGroup;
  readonly #organisations: Organisations;

  constructor(channel: common.ConfigGroup, organisations: Organisations) {
    this.#channel = channel;
    this.#organisations = organisations;
  }

  /**
   * Whether signatures fulfil a policy.
   * @param path - like `/Channel/Application/Endorsement`
   * @throws an error when the policy is not there or has something that is not understood here
   */
  isFulfilled(path: string, signed: readonly SignedData[]): boolean {
    const [, root, ...names] = path.split('/');
    const name = names.pop();
    if (root !== 'Channel' || name === undefined) throw new Error(`no policy ${path}`);
    let group: common.ConfigGroup | undefined = this.#channel;
    for (const part of names) group = group?.getGroupsMap().get(part);
    const policy = group?.getPoliciesMap().get(name)?.getPolicy();
    if (group === undefined || policy === undefined) throw new Error(`no policy ${path}`);
    return this.#fulfils(policy, group, signersOf(signed, this.#organisations));
  }

  /** Like {@link isFulfilled}, for the endorsement policy of one organisation. */
  isFulfilledByOrganisation(mspId: string, signed: readonly SignedData[]): boolean {
    const application = this.#channel.getGroupsMap().get('Application');
    const found = [...(application?.getGroupsMap().entries() ?? [])].find(
      ([, group]) => mspIdOf(group) === mspId,
    );
    if (found === undefined) throw new Error(`no organisation ${mspId}`);
    return this.isFulfilled(`/Channel/Application/${found[0]}/Endorsement`, signed);
  }

  /** Like {@link isFulfilled}, for the policy that stands in a chaincode's definition. */
  fulfilsChaincodePolicy(bytes: Uint8Array, signed: readonly SignedData[]): boolean {
    const policy = common.ApplicationPolicy.deserializeBinary(bytes);
    const signatures = policy.getSignaturePolicy();
    if (signatures === undefined) {
      return this.isFulfilled(policy.getChannelConfigPolicyReference(), signed);
    }
    return this.#fulfilsSignatures(signatures, signed);
  }

  /** Like {@link isFulfilled}, for the policy that stands beside a key. */
  fulfilsKeyPolicy(bytes: Uint8Array, signed: readonly SignedData[]): boolean {
    return this.#fulfilsSignatures(common.SignaturePolicyEnvelope.deserializeBinary(bytes), signed);
  }

  #fulfilsSignatures(
    policy: common.SignaturePolicyEnvelope,
    signed: readonly SignedData[],
  ): boolean {
    const signers = signersOf(signed, this.#organisations);
    return fulfilsSignaturePolicy(policy, signers, this.#organisations);
  }

  #fulfils(
    policy: common.Policy,
    group: common.ConfigGroup,
    signers: readonly MspIdentity[],
  ): boolean {
    if (policy.getType() === PolicyType.SIGNATURE) {
      const rule = common.SignaturePolicyEnvelope.deserializeBinary(policy.getValue_asU8());
      return fulfilsSignaturePolicy(rule, signers, this.#organisations);
    }
    if (policy.getType() !== PolicyType.IMPLICIT_META) throw new Error('unknown policy');
    const meta = common.ImplicitMetaPolicy.deserializeBinary(policy.getValue_asU8());
    const children = groupsOf(group);
    const fulfilled = children.filter((child) => {
      const part = child.getPoliciesMap().get(meta.getSubPolicy())?.getPolicy();
      return part !== undefined && this.#fulfils(part, child, signers);
    });
    return fulfilled.length >= neededOf(meta, children.length);
  }
}

/** The groups directly below one. */
export function groupsOf(group: common.ConfigGroup): common.ConfigGroup[] {
  return [...group.getGroupsMap().entries()].map(([, child]) => child);
}

function mspIdOf(group: common.ConfigGroup): string {
  const bytes = group.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array();
  const config = msp.MSPConfig.deserializeBinary(bytes).getConfig_asU8();
  return msp.FabricMSPConfig.deserializeBinary(config).getName();
}

function neededOf(meta: common.ImplicitMetaPolicy, count: number): number {
  if (count === 0) return 0;
  switch (meta.getRule()) {
    case Rule.ANY:
      return 1;
    case Rule.ALL:
      return count;
    case Rule.MAJORITY:
      return Math.floor(count / 2) + 1;
  }
}
