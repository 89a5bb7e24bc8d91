import { decodeIdentity } from '../transaction-decoding.js';
import { isSignedBy } from './ecdsa-signature.js';
import type { MspIdentity, OrganisationMsp } from './organisation-msp.js';

/** Bytes with a signature and who is said to have made it. */
export interface SignedData {
  /** Serialised identity. */
  readonly identity: Uint8Array;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

/** The organisations of a channel by MSP identifier. */
export type Organisations = ReadonlyMap<string, OrganisationMsp>;

/** @returns undefined when no organisation of the channel has an identity like that */
export function identify(
  identity: Uint8Array,
  organisations: Organisations,
): MspIdentity | undefined {
  try {
    const { mspId, pem } = decodeIdentity(identity);
    return organisations.get(mspId)?.identify(pem);
  } catch {
    return undefined;
  }
}

/** @returns whoever really signed, each once; whether the certificate is valid is for the policy to ask */
export function signersOf(
  signed: readonly SignedData[],
  organisations: Organisations,
): MspIdentity[] {
  const signers = new Map<string, MspIdentity>();
  for (const { identity, data, signature } of signed) {
    const signer = identify(identity, organisations);
    if (signer === undefined) continue;
    // By key and not by certificate: the same certificate can be signed in two forms.
    const key = `${signer.mspId} ${signer.key.export({ type: 'spki', format: 'der' }).toString('hex')}`;
    if (!signers.has(key) && isSignedBy(signer.key, data, signature)) signers.set(key, signer);
  }
  return [...signers.values()];
}
