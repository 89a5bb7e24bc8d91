import 'reflect-metadata';

import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

import { crypto } from './web-crypto.js';

/** ECDSA P-256 with SHA-256: the only algorithm of enrolment keys (docs/protocol.md §8). */
export const enrolmentAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A fresh enrolment key with the request that proves to an authority who holds it. */
export interface EnrolmentKey {
  /** PKCS#8, DER. Secret. */
  readonly privateKey: Uint8Array;
  /** PKCS#10 request, DER. Public. */
  readonly request: Uint8Array;
}

/**
 * Generates an enrolment key.
 * @param memberId - becomes the common name of the request; the authority decides the one it issues for
 */
export async function generateEnrolmentKey(memberId: string): Promise<EnrolmentKey> {
  const keys = await crypto.subtle.generateKey(enrolmentAlgorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: [{ CN: [memberId] }], keys, signingAlgorithm: enrolmentAlgorithm },
    crypto,
  );
  return {
    privateKey: new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
    request: new Uint8Array(request.rawData),
  };
}
