import protos from '@hyperledger/fabric-protos';
import { ruleChangeEndorsement, type EndorsementPolicy } from '@veilsum/rules';
import { encodeEndorsementPolicy } from './endorsement-policy-encoding.js';

const { common, msp } = protos;

/** The policy as Fabric's own generated code reads it back. */
function decode(bytes: Uint8Array): EndorsementPolicy {
  const envelope = common.SignaturePolicyEnvelope.deserializeBinary(bytes);
  expect(envelope.getVersion()).toBe(0);
  const mspIds = envelope.getIdentitiesList().map((principal) => {
    expect(principal.getPrincipalClassification()).toBe(msp.MSPPrincipal.Classification.ROLE);
    const role = msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8());
    expect(role.getRole()).toBe(msp.MSPRole.MSPRoleType.PEER);
    return role.getMspIdentifier();
  });
  const rule = envelope.getRule();
  if (rule === undefined) throw new Error('The policy has no rule.');
  return decodeRule(rule, mspIds);
}

function decodeRule(
  rule: InstanceType<typeof common.SignaturePolicy>,
  mspIds: readonly string[],
): EndorsementPolicy {
  if (rule.hasSignedBy()) return { kind: 'signedBy', mspId: mspIds[rule.getSignedBy()] ?? '' };
  const outOf = rule.getNOutOf();
  return {
    kind: 'outOf',
    n: outOf?.getN() ?? -1,
    of: outOf?.getRulesList().map((inner) => decodeRule(inner, mspIds)) ?? [],
  };
}

describe('encoding of endorsement policies', () => {
  const { policy } = ruleChangeEndorsement({
    mspRoles: {
      AssociationMSP: ['operator'],
      PlatformMSP: [],
      MerchantsMSP: [],
      RegulatorMSP: ['regulator'],
    },
  });

  it('is what Fabric reads as the same policy', () => {
    expect(decode(encodeEndorsementPolicy(policy))).toEqual(policy);
  });

  it('gives every endorser the same bytes', () => {
    expect(encodeEndorsementPolicy(policy)).toEqual(encodeEndorsementPolicy(policy));
  });

  it('names an organisation once, and writes lengths above 127 in two bytes', () => {
    const long: EndorsementPolicy = { kind: 'signedBy', mspId: `${'long'.repeat(60)}MSP` };
    const twice: EndorsementPolicy = { kind: 'outOf', n: 1, of: [long, long] };
    expect(decode(encodeEndorsementPolicy(twice))).toEqual(twice);
    const envelope = common.SignaturePolicyEnvelope.deserializeBinary(
      encodeEndorsementPolicy(twice),
    );
    expect(envelope.getIdentitiesList()).toHaveLength(1);
  });

  it('writes the first organisation even though its number is zero', () => {
    const one: EndorsementPolicy = { kind: 'signedBy', mspId: 'AMSP' };
    const rule = common.SignaturePolicyEnvelope.deserializeBinary(
      encodeEndorsementPolicy(one),
    ).getRule();
    expect(rule?.hasSignedBy()).toBe(true);
  });
});
