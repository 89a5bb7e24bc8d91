import type { EndorsementPolicy } from '@veilsum/rules';

/** Wire types of protocol buffers. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** `MSPRole.MSPRoleType.PEER`: only an organisation's peers endorse for it. */
const ROLE_PEER = 3;

/**
 * The policy as Fabric stores it with a key: a serialized `common.SignaturePolicyEnvelope` (version 0)
 * whose principals are the peers of each organisation. Written by hand, since the shim's own
 * `KeyEndorsementPolicy` knows only "all of"; default values are left out, as proto3 does.
 */
export function encodeEndorsementPolicy(policy: EndorsementPolicy): Uint8Array {
  const mspIds = [...new Set(signersOf(policy))];
  return Buffer.concat([
    message(2, encodeRule(policy, mspIds)),
    ...mspIds.map((mspId) => message(3, encodePrincipal(mspId))),
  ]);
}

/** Every organisation that the policy names, in the order of its leaves. */
function signersOf(policy: EndorsementPolicy): string[] {
  return policy.kind === 'signedBy' ? [policy.mspId] : policy.of.flatMap(signersOf);
}

/** `SignaturePolicy { oneof { int32 signed_by = 1; NOutOf n_out_of = 2 } }` */
function encodeRule(policy: EndorsementPolicy, mspIds: readonly string[]): Buffer {
  // A member of a oneof is written even when it is zero.
  if (policy.kind === 'signedBy') return integer(1, mspIds.indexOf(policy.mspId));
  return message(2, encodeOutOf(policy, mspIds));
}

/** `NOutOf { int32 n = 1; repeated SignaturePolicy rules = 2 }` */
function encodeOutOf(
  { n, of }: Extract<EndorsementPolicy, { kind: 'outOf' }>,
  mspIds: readonly string[],
): Buffer {
  return Buffer.concat([integer(1, n), ...of.map((rule) => message(2, encodeRule(rule, mspIds)))]);
}

/** `MSPPrincipal { principal_classification = 1 (ROLE is 0); bytes principal = 2 }` with an `MSPRole` in it. */
function encodePrincipal(mspId: string): Buffer {
  const role = Buffer.concat([message(1, Buffer.from(mspId)), integer(2, ROLE_PEER)]);
  return message(2, role);
}

function integer(field: number, value: number): Buffer {
  return Buffer.from([...varint((field << 3) | VARINT), ...varint(value)]);
}

function message(field: number, content: Buffer): Buffer {
  const head = [...varint((field << 3) | LENGTH_DELIMITED), ...varint(content.length)];
  return Buffer.concat([Buffer.from(head), content]);
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
