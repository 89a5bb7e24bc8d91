import 'reflect-metadata';

import { X509Certificate, type KeyObject } from 'node:crypto';

import { msp } from '@hyperledger/fabric-protos';
import * as x509 from '@peculiar/x509';
import { VeilsumError } from '@veilsum/protocol';

import { decodePem, parseCertificate } from '../../identity/certificate.js';
import { RevocationList } from './revocation-list.js';

const ORGANISATIONAL_UNIT = '2.5.4.11';

/** What a certificate may be in its organisation, by its organisational unit. */
export type NodeRole = 'client' | 'peer' | 'admin' | 'orderer';

/** An identity of an organisation whose certificate can be read; {@link problem} says what is wrong with it. */
export interface MspIdentity {
  readonly mspId: string;
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** undefined when it has none, or more than one. */
  readonly role: NodeRole | undefined;
  /** Why it is no valid identity of its organisation; undefined when it is one. */
  readonly problem: string | undefined;
}

interface NodeUnit {
  readonly role: NodeRole;
  readonly name: string;
  /** Authority that must have issued the certificate; any when absent. */
  readonly issuer: X509Certificate | undefined;
}

/** Certificates of one organisation as a channel's configuration has them. */
export class OrganisationMsp {
  readonly mspId: string;
  readonly #issuers: readonly X509Certificate[];
  readonly #admins: readonly X509Certificate[];
  readonly #revocations: readonly RevocationList[];
  readonly #units: readonly NodeUnit[];
  readonly #enforcesUnits: boolean;
  readonly #identities = new Map<string, MspIdentity>();

  /**
   * @param bytes - `MSPConfig` of the organisation
   * @throws {@link VeilsumError} LEDGER_INTEGRITY when it has something that is not understood here
   */
  constructor(bytes: Uint8Array) {
    const config = fabricConfigOf(bytes);
    this.mspId = config.getName();
    const roots = config.getRootCertsList_asU8().map(readCertificate);
    const intermediates = config.getIntermediateCertsList_asU8().map(readCertificate);
    this.#issuers = issuersOf(roots, intermediates, this.mspId);
    this.#admins = config.getAdminsList_asU8().map(readCertificate);
    this.#revocations = config.getRevocationListList_asU8().map((list) => new RevocationList(list));
    const nodeUnits = config.getFabricNodeOus();
    this.#enforcesUnits = nodeUnits?.getEnable() ?? false;
    this.#units = nodeUnits === undefined ? [] : unitsOf(nodeUnits);
  }

  /**
   * @param pem - the certificate of an identity
   * @throws an error when it is no certificate
   */
  identify(pem: string): MspIdentity {
    const known = this.#identities.get(pem);
    if (known !== undefined) return known;
    const certificate = parseCertificate(decodePem(pem));
    const issuer = this.#issuers.find(
      (one) => isIssuedBy(certificate, one) && isWithin(certificate, one),
    );
    const roles = issuer === undefined ? [] : this.#rolesOf(certificate, issuer);
    const identity = {
      mspId: this.mspId,
      certificate,
      key: certificate.publicKey,
      role: roles.length === 1 ? roles[0] : undefined,
      problem: this.#problemOf(certificate, issuer, roles),
    };
    this.#identities.set(pem, identity);
    return identity;
  }

  /** Whether a certificate is one that the configuration names as an administrator's. */
  isAdmin({ certificate, role }: MspIdentity): boolean {
    return role === 'admin' || this.#admins.some(({ raw }) => raw.equals(certificate.raw));
  }

  #rolesOf(certificate: X509Certificate, issuer: X509Certificate): NodeRole[] {
    if (!this.#enforcesUnits) return [];
    const names = new x509.X509Certificate(certificate.raw).subjectName.getField(
      ORGANISATIONAL_UNIT,
    );
    return names.flatMap((name) =>
      this.#units
        .filter((unit) => unit.name === name)
        .filter((unit) => unit.issuer?.raw.equals(issuer.raw) ?? true)
        .map(({ role }) => role),
    );
  }

  #problemOf(
    certificate: X509Certificate,
    issuer: X509Certificate | undefined,
    roles: readonly NodeRole[],
  ): string | undefined {
    if (certificate.ca) return 'its certificate is that of an authority';
    if (issuer === undefined) return `its certificate is not from an authority of ${this.mspId}`;
    if (this.#revocations.some((list) => list.revokes(certificate, issuer))) {
      return 'its certificate was revoked';
    }
    if (this.#enforcesUnits && roles.length !== 1) {
      return 'its certificate does not have exactly one role';
    }
    return undefined;
  }
}

function fabricConfigOf(bytes: Uint8Array): msp.FabricMSPConfig {
  const config = msp.MSPConfig.deserializeBinary(bytes);
  const fabric = msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8());
  const crypto = fabric.getCryptoConfig();
  const isUnderstood =
    config.getType() === 0 &&
    (crypto === undefined || ['SHA2', ''].includes(crypto.getSignatureHashFamily())) &&
    fabric.getOrganizationalUnitIdentifiersList().length === 0;
  if (isUnderstood) return fabric;
  throw new VeilsumError(
    'LEDGER_INTEGRITY',
    `The configuration of ${fabric.getName() || 'an organisation'} has identities of a kind that is not understood here.`,
  );
}

/** Authorities that may issue identities: those at the end of the tree, as Fabric has it. */
function issuersOf(
  roots: X509Certificate[],
  intermediates: X509Certificate[],
  mspId: string,
): X509Certificate[] {
  const known = [...roots, ...intermediates];
  for (const one of intermediates) {
    if (known.some((parent) => parent !== one && isIssuedBy(one, parent))) continue;
    throw new VeilsumError(
      'LEDGER_INTEGRITY',
      `An intermediate authority of ${mspId} is not from one of its roots.`,
    );
  }
  return known.filter(
    (one) => one.ca && !intermediates.some((other) => other !== one && isIssuedBy(other, one)),
  );
}

/** Names, key usage and signature; not dates, which Fabric does not ask for when it validates a block. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Fabric takes a certificate at the first second of its own validity, whenever that is. */
function isWithin(certificate: X509Certificate, issuer: X509Certificate): boolean {
  const first = Date.parse(certificate.validFrom) + 1000;
  return Date.parse(issuer.validFrom) <= first && first <= Date.parse(issuer.validTo);
}

function unitsOf(units: msp.FabricNodeOUs): NodeUnit[] {
  const all: [NodeRole, msp.FabricOUIdentifier | undefined][] = [
    ['client', units.getClientOuIdentifier()],
    ['peer', units.getPeerOuIdentifier()],
    ['admin', units.getAdminOuIdentifier()],
    ['orderer', units.getOrdererOuIdentifier()],
  ];
  return all.flatMap(([role, unit]) => {
    if (unit === undefined || unit.getOrganizationalUnitIdentifier() === '') return [];
    const issuer = unit.getCertificate_asU8();
    return [
      {
        role,
        name: unit.getOrganizationalUnitIdentifier(),
        issuer: issuer.length === 0 ? undefined : readCertificate(issuer),
      },
    ];
  });
}

function readCertificate(pem: Uint8Array): X509Certificate {
  return parseCertificate(decodePem(Buffer.from(pem).toString('latin1')));
}
