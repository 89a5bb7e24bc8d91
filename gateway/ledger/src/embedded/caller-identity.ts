import type { CallerIdentity } from '@veilsum/contracts';

import { encodePem } from '../identity/certificate.js';
import type { TrustedCertificate } from '../identity/trusted-authorities.js';

/** What Fabric tells contracts about the signer of a transaction. */
export class CertifiedCaller implements CallerIdentity {
  readonly #trusted: TrustedCertificate;

  constructor(trusted: TrustedCertificate) {
    this.#trusted = trusted;
  }

  getMSPID(): string {
    return this.#trusted.mspId;
  }

  /** Subject and issuer in the form of Fabric's Node chaincode library. */
  getID(): string {
    const { subject, issuer } = this.#trusted.certificate;
    return `x509::${distinguishedName(subject)}::${distinguishedName(issuer)}`;
  }

  getIDBytes(): Uint8Array {
    return Buffer.from(encodePem(this.#trusted.certificate.raw));
  }
}

/** OpenSSL gives one attribute per line. */
function distinguishedName(lines: string): string {
  return lines
    .split('\n')
    .map((attribute) => `/${attribute.replaceAll('/', '\\/')}`)
    .join('');
}
