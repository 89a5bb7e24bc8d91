import { common, orderer } from '@hyperledger/fabric-protos';
import { VeilsumError } from '@veilsum/protocol';

import { ChannelPolicies, groupsOf } from './channel-policies.js';
import { OrganisationMsp } from './organisation-msp.js';

/** A consenter of a channel with BFT ordering. */
export interface Consenter {
  readonly mspId: string;
  /** PEM. */
  readonly certificate: Uint8Array;
}

/** A channel's configuration at some block: who may sign what. */
export class ChannelConfiguration {
  /** Rises by one with each change. */
  readonly sequence: number;
  readonly organisations: ReadonlyMap<string, OrganisationMsp>;
  readonly policies: ChannelPolicies;
  /** By their number, which BFT signatures name. */
  readonly consenters: ReadonlyMap<number, Consenter>;
  readonly root: common.ConfigGroup;

  /** @throws {@link VeilsumError} LEDGER_INTEGRITY when it has something that is not understood here */
  constructor(config: common.Config) {
    const root = config.getChannelGroup();
    if (root === undefined) throw unreadable('has no channel');
    this.root = root;
    this.sequence = config.getSequence();
    requireKnownCapabilities(root);
    requireKnownHashing(root);
    this.organisations = organisationsOf(root);
    this.policies = new ChannelPolicies(root, this.organisations);
    this.consenters = consentersOf(root);
  }
}

/** Capabilities that change what peers hold valid, each with what this code knows of it. */
const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  Channel: ['V2_0', 'V3_0'],
  Orderer: ['V2_0'],
  Application: ['V2_0', 'V2_5'],
};

function requireKnownCapabilities(root: common.ConfigGroup): void {
  const groups: [string, common.ConfigGroup | undefined][] = [
    ['Channel', root],
    ['Orderer', root.getGroupsMap().get('Orderer')],
    ['Application', root.getGroupsMap().get('Application')],
  ];
  for (const [name, group] of groups) {
    const value = group?.getValuesMap().get('Capabilities')?.getValue_asU8() ?? new Uint8Array();
    const map = common.Capabilities.deserializeBinary(value).getCapabilitiesMap();
    const required = [...map.keys()];
    const unknown = required.find((one) => CAPABILITIES[name]?.includes(one) !== true);
    if (unknown !== undefined || required.length === 0) {
      throw unreadable(`has ${name} capability ${unknown ?? 'of an old kind'}`);
    }
  }
}

function requireKnownHashing(root: common.ConfigGroup): void {
  const hashing = root.getValuesMap().get('HashingAlgorithm')?.getValue_asU8() ?? new Uint8Array();
  const width =
    root.getValuesMap().get('BlockDataHashingStructure')?.getValue_asU8() ?? new Uint8Array();
  const isKnown =
    common.HashingAlgorithm.deserializeBinary(hashing).getName() === 'SHA256' &&
    common.BlockDataHashingStructure.deserializeBinary(width).getWidth() === 0xffffffff;
  if (!isKnown) throw unreadable('hashes blocks in a way');
}

function organisationsOf(root: common.ConfigGroup): Map<string, OrganisationMsp> {
  const organisations = new Map<string, OrganisationMsp>();
  const readers = new Map<string, string>();
  for (const section of groupsOf(root)) {
    for (const group of groupsOf(section)) {
      const bytes = group.getValuesMap().get('MSP')?.getValue_asU8();
      if (bytes === undefined) throw unreadable('has an organisation without certificates and is');
      const organisation = new OrganisationMsp(bytes);
      const text = Buffer.from(bytes).toString('base64');
      if ((readers.get(organisation.mspId) ?? text) !== text) {
        throw unreadable(`has two kinds of ${organisation.mspId} and is`);
      }
      readers.set(organisation.mspId, text);
      organisations.set(organisation.mspId, organisation);
    }
  }
  return organisations;
}

function consentersOf(root: common.ConfigGroup): Map<number, Consenter> {
  const values = root.getGroupsMap().get('Orderer')?.getValuesMap();
  const name = orderer.ConsensusType.deserializeBinary(valueOf(values, 'ConsensusType')).getType();
  if (name !== 'etcdraft' && name !== 'BFT')
    throw unreadable(`orders by ${name || 'nothing'} and is`);
  return new Map(
    common.Orderers.deserializeBinary(valueOf(values, 'Orderers'))
      .getConsenterMappingList()
      .map((one) => [one.getId(), { mspId: one.getMspId(), certificate: one.getIdentity_asU8() }]),
  );
}

function valueOf(
  values: ReturnType<common.ConfigGroup['getValuesMap']> | undefined,
  name: string,
): Uint8Array {
  return values?.get(name)?.getValue_asU8() ?? new Uint8Array();
}

function unreadable(what: string): VeilsumError {
  return new VeilsumError(
    'LEDGER_INTEGRITY',
    `The channel's configuration ${what} that is not understood here; use a newer veilsum.`,
  );
}
