import { common, msp } from '@hyperledger/fabric-protos';

import { decodeIdentity } from '../transaction-decoding.js';
import type { MspIdentity } from './organisation-msp.js';
import type { Organisations } from './signed-data.js';

const Kind = msp.MSPPrincipal.Classification;
const Role = msp.MSPRole.MSPRoleType;

/**
 * Whether signers fulfil a policy of the kind "n of these principals", each signer counted once.
 * Like Fabric, the first signer that fits a principal is taken for it.
 * @throws an error when the policy has something that is not understood here
 */
export function fulfilsSignaturePolicy(
  policy: common.SignaturePolicyEnvelope,
  signers: readonly MspIdentity[],
  organisations: Organisations,
): boolean {
  const rule = policy.getRule();
  if (rule === undefined || policy.getVersion() !== 0) throw new Error('unknown policy');
  const principals = policy.getIdentitiesList();
  const fits = (index: number, signer: MspIdentity) => {
    const principal = principals[index];
    if (principal === undefined) throw new Error('principal out of range');
    return isPrincipal(principal, signer, organisations);
  };
  return fulfils(rule, { signers, fits }, new Set()) !== undefined;
}

interface Evaluation {
  readonly signers: readonly MspIdentity[];
  readonly fits: (principal: number, signer: MspIdentity) => boolean;
}

/** @returns the signers that are used up now, undefined when the rule is not fulfilled */
function fulfils(
  rule: common.SignaturePolicy,
  evaluation: Evaluation,
  used: ReadonlySet<MspIdentity>,
): ReadonlySet<MspIdentity> | undefined {
  const several = rule.getNOutOf();
  if (several === undefined) {
    if (!rule.hasSignedBy()) throw new Error('unknown rule');
    const principal = rule.getSignedBy();
    const signer = evaluation.signers.find(
      (one) => !used.has(one) && evaluation.fits(principal, one),
    );
    return signer === undefined ? undefined : new Set([...used, signer]);
  }
  let verified = 0;
  let taken = used;
  for (const part of several.getRulesList()) {
    const after = fulfils(part, evaluation, taken);
    if (after === undefined) continue;
    verified += 1;
    taken = after;
  }
  return verified >= several.getN() ? taken : undefined;
}

function isPrincipal(
  principal: msp.MSPPrincipal,
  signer: MspIdentity,
  organisations: Organisations,
): boolean {
  switch (principal.getPrincipalClassification()) {
    case Kind.ROLE:
      return hasRole(
        msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8()),
        signer,
        organisations,
      );
    case Kind.IDENTITY: {
      const { mspId, pem } = decodeIdentity(principal.getPrincipal_asU8());
      const named = organisations.get(mspId)?.identify(pem);
      return (
        named?.problem === undefined &&
        named?.mspId === signer.mspId &&
        named.certificate.raw.equals(signer.certificate.raw)
      );
    }
    default:
      throw new Error('unknown principal');
  }
}

function hasRole(role: msp.MSPRole, signer: MspIdentity, organisations: Organisations): boolean {
  if (role.getMspIdentifier() !== signer.mspId || signer.problem !== undefined) return false;
  switch (role.getRole()) {
    case Role.MEMBER:
      return true;
    case Role.ADMIN:
      return organisations.get(signer.mspId)?.isAdmin(signer) ?? false;
    case Role.CLIENT:
      return signer.role === 'client';
    case Role.PEER:
      return signer.role === 'peer';
    case Role.ORDERER:
      return signer.role === 'orderer';
    default:
      throw new Error('unknown role');
  }
}
