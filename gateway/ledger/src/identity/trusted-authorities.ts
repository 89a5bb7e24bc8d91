import type { X509Certificate } from 'node:crypto';

import { VeilsumError, type Fingerprint, type Genesis } from '@veilsum/protocol';

import { fingerprintOf, parseCertificate } from './certificate.js';

/** An enrolment certificate whose chain holds; its dates are another question. */
export interface TrustedCertificate {
  readonly mspId: string;
  readonly fingerprint: Fingerprint;
  readonly certificate: X509Certificate;
  /** SubjectPublicKeyInfo of the enrolment key, ECDSA P-256, DER. */
  readonly publicKey: Uint8Array;
  /** Milliseconds since 1970; both ends belong to the validity of the certificate and its root. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Certificates seen again and again cost one look-up; the bound keeps strangers from filling memory. */
const CACHE_MAX = 10_000;

/** The consortium's certificate authorities: whose certificates count, by MSP (docs/architecture.md). */
export class TrustedAuthorities {
  readonly #roots: ReadonlyMap<string, readonly X509Certificate[]>;
  readonly #trusted = new Map<string, TrustedCertificate>();

  /**
   * @param msps - root certificates (base64 of DER) by MSP, as the genesis block holds them
   * @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED when a root is not a certificate of an authority
   */
  constructor(msps: Genesis['msps']) {
    this.#roots = new Map(
      msps.map(({ mspId, rootCertificates }) => [mspId as string, rootCertificates.map(parseRoot)]),
    );
  }

  /**
   * Checks chain and dates.
   * @param certificate - enrolment certificate, DER
   * @param mspId - the MSP that its bearer claims
   * @param atMs - the moment at which the dates must hold, milliseconds since 1970
   * @throws {@link VeilsumError} CERTIFICATE_UNTRUSTED or CERTIFICATE_EXPIRED
   */
  require(certificate: Uint8Array, mspId: string, atMs: number): TrustedCertificate {
    const trusted = this.#requireChain(certificate, mspId);
    if (atMs < trusted.notBeforeMs || atMs > trusted.notAfterMs) {
      throw new VeilsumError(
        'CERTIFICATE_EXPIRED',
        'The enrolment certificate is not valid at that time; renew it.',
      );
    }
    return trusted;
  }

  #requireChain(certificate: Uint8Array, mspId: string): TrustedCertificate {
    const fingerprint = fingerprintOf(certificate);
    const cacheKey = `${fingerprint} ${mspId}`;
    const known = this.#trusted.get(cacheKey);
    if (known !== undefined) return known;
    const trusted = this.#checkChain(certificate, mspId, fingerprint);
    if (this.#trusted.size >= CACHE_MAX) this.#trusted.clear();
    this.#trusted.set(cacheKey, trusted);
    return trusted;
  }

  #checkChain(bytes: Uint8Array, mspId: string, fingerprint: Fingerprint): TrustedCertificate {
    const certificate = parseCertificate(bytes);
    const root = (this.#roots.get(mspId) ?? []).find((candidate) => issued(candidate, certificate));
    if (root === undefined) {
      throw new VeilsumError(
        'CERTIFICATE_UNTRUSTED',
        `The certificate was not issued by an authority of ${mspId}; enrol with your organisation's authority.`,
      );
    }
    requireEnrolmentCertificate(certificate);
    return {
      mspId,
      fingerprint,
      certificate,
      publicKey: certificate.publicKey.export({ format: 'der', type: 'spki' }),
      notBeforeMs: Math.max(Date.parse(certificate.validFrom), Date.parse(root.validFrom)),
      notAfterMs: Math.min(Date.parse(certificate.validTo), Date.parse(root.validTo)),
    };
  }
}

function parseRoot(base64: string): X509Certificate {
  const root = parseCertificate(Uint8Array.from(Buffer.from(base64, 'base64')));
  if (!root.ca) {
    throw new VeilsumError('CERTIFICATE_UNTRUSTED', 'A root certificate is not of an authority.');
  }
  return root;
}

function issued(root: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(root) && certificate.verify(root.publicKey);
}

/** An authority's own certificate signs certificates, never transactions. */
function requireEnrolmentCertificate(certificate: X509Certificate): void {
  const key = certificate.publicKey;
  const isP256 =
    key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (certificate.ca || !isP256) {
    throw new VeilsumError(
      'CERTIFICATE_UNTRUSTED',
      'The certificate is not an enrolment certificate with an ECDSA P-256 key.',
    );
  }
}
