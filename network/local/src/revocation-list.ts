import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509Crl,
  X509CrlGenerator,
} from '@peculiar/x509';
import { VeilsumError } from '@veilsum/protocol';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** An organisation's authority, with what it takes to revoke. */
export interface RevokingAuthority {
  /** PEM or DER. */
  readonly certificate: string | Uint8Array<ArrayBuffer>;
  /** PKCS#8, DER. Secret. */
  readonly privateKey: Uint8Array<ArrayBuffer>;
}

/**
 * @param certificate - PEM
 * @param root - the authority's certificate, PEM or DER
 * @returns whether the authority signed the certificate
 */
export async function isIssuedBy(
  certificate: string,
  root: string | Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const issuer = new X509Certificate(root);
  const issued = parse(certificate);
  if (issued.issuer !== issuer.subject) return false;
  return issued.verify({ publicKey: issuer, signatureOnly: true });
}

/** @returns the serial number of a certificate, hexadecimal */
export const serialOf = (certificate: string): string => parse(certificate).serialNumber;

/**
 * Adds a serial number to what an authority has revoked (RFC 5280 §5).
 * @param present - the revocation lists in force, DER, of this and of other authorities
 * @returns the lists that are to be in force, DER; undefined when the serial number is in one already
 */
export async function revokeSerial(
  authority: RevokingAuthority,
  serialNumber: string,
  present: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array[] | undefined> {
  const root = new X509Certificate(authority.certificate);
  const lists = present.map((der) => new X509Crl(der));
  const own = lists.filter(({ issuer }) => issuer === root.subject);
  const entries = own.flatMap((list) => list.entries);
  if (entries.some((entry) => entry.serialNumber === serialNumber)) return undefined;
  const list = await X509CrlGenerator.create({
    issuer: root.subjectName,
    nextUpdate: root.notAfter,
    entries: [
      ...entries.map((entry) => ({
        serialNumber: entry.serialNumber,
        revocationDate: entry.revocationDate,
      })),
      { serialNumber, revocationDate: new Date() },
    ],
    // Peers find the list of an authority by this identifier, not by its name.
    extensions: [new AuthorityKeyIdentifierExtension(keyIdentifier(root))],
    signingAlgorithm: ALGORITHM,
    signingKey: await importKey(authority.privateKey),
  });
  const others = present.filter((_, index) => lists[index]?.issuer !== root.subject);
  return [...others, new Uint8Array(list.rawData)];
}

function parse(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw new VeilsumError('INVALID_ARGUMENT', 'The file is not a certificate in PEM form.', {
      cause,
    });
  }
}

function keyIdentifier(root: X509Certificate): string {
  const extension = root.getExtension(SubjectKeyIdentifierExtension);
  if (extension !== null) return extension.keyId;
  throw new VeilsumError(
    'INVALID_STATE',
    "The authority's certificate has no subject key identifier, by which peers find its revocations.",
  );
}

const importKey = (privateKey: Uint8Array<ArrayBuffer>) =>
  webcrypto.subtle.importKey('pkcs8', privateKey, ALGORITHM, false, ['sign']);
