import { X509Certificate } from 'node:crypto';

import { sha256Hex } from '@veilsum/crypto';
import { VeilsumError, type Fingerprint } from '@veilsum/protocol';

const PEM_BLOCK = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;

/**
 * What the ledger calls a certificate by.
 * @param certificate - DER. Public.
 * @returns SHA-256 of the DER, 64 lower-case hex digits
 */
export function fingerprintOf(certificate: Uint8Array): Fingerprint {
  return sha256Hex(certificate) as Fingerprint;
}

/**
 * The PEM text of a DER certificate (RFC 7468, 64 columns, newline at the end), as Fabric hands it to
 * contracts.
 */
export function encodePem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/**
 * The DER bytes of a PEM file with exactly one certificate.
 * @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED when the text is something else
 */
export function decodePem(pem: string): Uint8Array {
  const body = PEM_BLOCK.exec(pem)?.[1];
  if (body === undefined) {
    throw new VeilsumError('CERTIFICATE_UNTRUSTED', 'The file does not hold one PEM certificate.');
  }
  return Uint8Array.from(Buffer.from(body, 'base64'));
}

/**
 * Parses a DER certificate.
 * @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED when the bytes are no certificate, or more than one
 */
export function parseCertificate(certificate: Uint8Array): X509Certificate {
  const parsed = parse(certificate);
  // The fingerprint is over the bytes given, so bytes behind the certificate would make it ambiguous.
  if (parsed?.raw.equals(certificate) !== true) {
    throw new VeilsumError('CERTIFICATE_UNTRUSTED', 'The bytes are not one X.509 certificate.');
  }
  return parsed;
}

function parse(certificate: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}
