import { common } from '@hyperledger/fabric-protos';
import { VeilsumError } from '@veilsum/protocol';

import { sameBytes } from '../transaction-decoding.js';
import type { ChannelConfiguration } from './channel-configuration.js';
import type { SignedData } from './signed-data.js';

/** A group, value or policy of a configuration at its place. */
interface ConfigElement {
  readonly version: number;
  /** Who may change it, resolved to a place. */
  readonly modPolicy: string;
  /** What it says, apart from version and members; empty for a group. */
  readonly content: Uint8Array;
  /** Members of a group by kind and name. */
  readonly members: readonly string[] | undefined;
}

type ConfigElements = ReadonlyMap<string, ConfigElement>;

/**
 * Checks that a change of a channel's configuration was signed by whoever the configuration before
 * requires, and that it says what they signed.
 * @param envelope - of the configuration block
 * @throws {@link VeilsumError} LEDGER_INTEGRITY with what is wrong
 */
export function requireAuthorisedChange(
  before: ChannelConfiguration,
  envelope: common.ConfigEnvelope,
  channel: string,
): void {
  const after = envelope.getConfig();
  const { update, signed } = readUpdate(envelope);
  if (after === undefined || update.getChannelId() !== channel)
    throw refused('is for another channel');
  if (after.getSequence() !== before.sequence + 1) throw refused('does not follow the one before');
  const current = elementsOf(before.root);
  const read = elementsOf(update.getReadSet());
  const written = elementsOf(update.getWriteSet());
  for (const [place, { version }] of read) {
    if (current.get(place)?.version !== version)
      throw refused('was made for another configuration');
  }
  const changed = new Map(
    [...written].filter(([place, { version }]) => read.get(place)?.version !== version),
  );
  if (changed.size === 0) throw refused('changes nothing');
  requireAuthorised({ current, changed, signed, before });
  requireOutcome(elementsOf(after.getChannelGroup()), current, changed);
}

function readUpdate(envelope: common.ConfigEnvelope): {
  update: common.ConfigUpdate;
  signed: SignedData[];
} {
  const last = envelope.getLastUpdate()?.getPayload_asU8() ?? new Uint8Array();
  const data = common.Payload.deserializeBinary(last).getData_asU8();
  const signedUpdate = common.ConfigUpdateEnvelope.deserializeBinary(data);
  const bytes = signedUpdate.getConfigUpdate_asU8();
  const signed = signedUpdate.getSignaturesList().map((one) => {
    const header = one.getSignatureHeader_asU8();
    return {
      identity: common.SignatureHeader.deserializeBinary(header).getCreator_asU8(),
      data: Buffer.concat([header, bytes]),
      signature: one.getSignature_asU8(),
    };
  });
  return { update: common.ConfigUpdate.deserializeBinary(bytes), signed };
}

interface Change {
  readonly current: ConfigElements;
  readonly changed: ConfigElements;
  readonly signed: readonly SignedData[];
  readonly before: ChannelConfiguration;
}

/** What exists needs its own policy and the next version; what is new needs a change of its group. */
function requireAuthorised({ current, changed, signed, before }: Change): void {
  for (const [place, { version }] of changed) {
    const existing = current.get(place);
    const isNext = version === (existing === undefined ? 0 : existing.version + 1);
    if (!isNext) throw refused(`has a wrong version of ${place}`);
    if (existing === undefined) continue;
    if (!before.policies.isFulfilled(existing.modPolicy, signed)) {
      throw refused(`changes ${place} without the signatures that it needs`);
    }
  }
}

/** All that is new is as it was signed, and everything else as it was. */
function requireOutcome(
  after: ConfigElements,
  current: ConfigElements,
  changed: ConfigElements,
): void {
  for (const [place, element] of after) {
    const expected = changed.get(place) ?? current.get(place);
    const isSame =
      expected?.version === element.version &&
      expected.modPolicy === element.modPolicy &&
      sameBytes(expected.content, element.content) &&
      isSameMembers(place, element, { current, changed });
    if (!isSame) throw refused(`has ${place} otherwise than it was signed`);
  }
  if (!after.has('/Channel')) throw refused('has no channel');
}

function isSameMembers(
  place: string,
  { members }: ConfigElement,
  { current, changed }: { current: ConfigElements; changed: ConfigElements },
): boolean {
  const expected = changed.get(place)?.members ?? current.get(place)?.members;
  return expected?.join('\n') === members?.join('\n');
}

/** Every element by its place: groups by path, values and policies by path and kind. */
function elementsOf(root: common.ConfigGroup | undefined): Map<string, ConfigElement> {
  const elements = new Map<string, ConfigElement>();
  if (root !== undefined) addGroup(elements, root, '/Channel');
  return elements;
}

function addGroup(
  elements: Map<string, ConfigElement>,
  group: common.ConfigGroup,
  path: string,
): void {
  const add = (
    place: string,
    element: { getVersion(): number; getModPolicy(): string },
    rest: Pick<ConfigElement, 'content' | 'members'>,
  ) => {
    const modPolicy = resolve(element.getModPolicy(), path);
    elements.set(place, { version: element.getVersion(), modPolicy, ...rest });
  };
  const groups = [...group.getGroupsMap().entries()];
  const values = [...group.getValuesMap().entries()];
  const policies = [...group.getPoliciesMap().entries()];
  const members = [
    ...groups.map(([name]) => `group ${name}`),
    ...values.map(([name]) => `value ${name}`),
    ...policies.map(([name]) => `policy ${name}`),
  ].sort();
  add(path, group, { content: new Uint8Array(), members });
  for (const [name, value] of values) {
    add(`${path} value ${name}`, value, { content: value.getValue_asU8(), members: undefined });
  }
  for (const [name, policy] of policies) {
    const content = policy.getPolicy()?.serializeBinary() ?? new Uint8Array();
    add(`${path} policy ${name}`, policy, { content, members: undefined });
  }
  for (const [name, child] of groups) addGroup(elements, child, `${path}/${name}`);
}

function resolve(modPolicy: string, path: string): string {
  return modPolicy.startsWith('/') ? modPolicy : `${path}/${modPolicy}`;
}

function refused(what: string): VeilsumError {
  return new VeilsumError('LEDGER_INTEGRITY', `A change of the channel's configuration ${what}.`);
}
