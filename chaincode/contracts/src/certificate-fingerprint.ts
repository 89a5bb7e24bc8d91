import { sha256Hex } from '@veilsum/crypto';
import { VeilsumError, fingerprintSchema, type Fingerprint } from '@veilsum/protocol';

const PEM = /^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----\s*$/;

/**
 * SHA-256 of the DER of an X.509 certificate.
 * @param pem one certificate as PEM text
 * @throws {@link VeilsumError} UNAUTHENTICATED when it is not exactly one PEM certificate
 */
export function certificateFingerprint(pem: Uint8Array): Fingerprint {
  const base64 = PEM.exec(new TextDecoder().decode(pem))?.[1];
  if (base64 === undefined) {
    throw new VeilsumError('UNAUTHENTICATED', 'The caller did not show one PEM certificate.');
  }
  return fingerprintSchema.parse(sha256Hex(Buffer.from(base64, 'base64')));
}
