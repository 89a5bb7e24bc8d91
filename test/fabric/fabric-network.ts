import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  CertificateAuthority,
  connectLedger,
  decodePem,
  encodePem,
  fabricProfileSchema,
  FileSigner,
  fingerprintOf,
  generateEnrolmentKey,
  tellLedger,
  type FabricProfile,
  type Ledger,
} from '@veilsum/ledger';
import {
  bringUp,
  deleteNetwork,
  fabricPrograms,
  NetworkFolder,
  StepLog,
  type NetworkOptions,
} from '@veilsum/local-network';

import { freePortBase } from '../e2e/free-ports.js';

const search = await fabricPrograms();
if (search.found === undefined)
  process.stderr.write(`Tests on Fabric are skipped. ${search.missing}\n`);

/** `describe` where Fabric's programs are; elsewhere the tests count as skipped. */
export const describeOnFabric: typeof describe =
  search.found === undefined ? describe.skip : describe;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Someone with an enrolment certificate of an organisation. */
export interface EnrolledMember {
  readonly memberId: string;
  readonly signer: FileSigner;
  /** Certificate as a PEM file. */
  readonly certificateFile: string;
  /** PKCS#8, DER, for processes of its own. */
  readonly privateKey: Uint8Array;
}

/** A real network in a temporary folder, at ports that nobody uses. Call `stop()` at the end. */
export class FabricNetwork {
  /** The network's folder, as the functions of @veilsum/local-network want it. */
  readonly root: string;
  readonly #temporary: string;
  readonly #ledgers: Ledger[] = [];

  private constructor(temporary: string) {
    this.#temporary = temporary;
    this.root = join(temporary, 'fabric');
  }

  static async start(
    options: Pick<NetworkOptions, 'consensus'> = {},
    log = new StepLog(),
  ): Promise<FabricNetwork> {
    const network = new FabricNetwork(await mkdtemp(join(tmpdir(), 'veilsum-fabric-')));
    await bringUp(network.root, { ...options, portBase: await freePortBase() }, log);
    return network;
  }

  /** The profile as it is now: an organisation that joins changes it. */
  async profile(): Promise<FabricProfile> {
    const text = await readFile(new NetworkFolder(this.root).profile, 'utf8');
    return fabricProfileSchema.parse(JSON.parse(text));
  }

  /**
   * Enrols someone at an organisation's authority.
   * @param organisation - its short name, e.g. `association`
   */
  async enrol(organisation: string, memberId: string): Promise<EnrolledMember> {
    const authority = await this.#authority(organisation);
    const { privateKey, request } = await generateEnrolmentKey(memberId);
    const certificate = await authority.issue({
      memberId,
      request,
      // Fabric refuses a certificate that began before its authority, which is a few minutes old.
      notBeforeMs: Date.now() - MINUTE_MS,
      notAfterMs: Date.now() + DAY_MS,
    });
    const signer = new FileSigner({ mspId: authority.mspId, certificate, privateKey });
    const file = join(this.#temporary, `${organisation}-${memberId}.pem`);
    await writeFile(file, encodePem(certificate));
    return { memberId, signer, certificateFile: file, privateKey };
  }

  /** Connects a member to its organisation's peer; `stop()` closes the connection. */
  async connect(
    { signer }: EnrolledMember,
    options: { patienceMs?: number; profile?: FabricProfile } = {},
  ): Promise<Ledger> {
    const ledger = await connectLedger({
      kind: 'fabric',
      profile: await this.profile(),
      signer,
      journalFolder: join(this.#temporary, `journal-${randomBytes(4).toString('hex')}`),
      ...options,
    });
    this.#ledgers.push(ledger);
    return ledger;
  }

  /** Founds the consortium with an operator of the association. @returns the operator's connection */
  async found(operator: EnrolledMember): Promise<Ledger> {
    const ledger = await this.connect(operator);
    await tellLedger(ledger, 'consortium:initialize', founding(operator));
    return ledger;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#ledgers.map((ledger) => ledger.close()));
    await deleteNetwork(this.root, new StepLog());
    await rm(this.#temporary, { recursive: true, force: true });
  }

  async #authority(organisation: string): Promise<CertificateAuthority> {
    const entry = (await this.profile()).organisations.find(({ name }) => name === organisation);
    if (entry === undefined) throw new Error(`The network has no organisation ${organisation}.`);
    const { mspId } = entry;
    const folder = new NetworkFolder(this.root).organisation({ mspId, name: organisation });
    const authority = join(folder, 'ca');
    const name = `ca.${organisation}.veilsum.example-cert.pem`;
    const key = createPrivateKey(await readFile(join(authority, 'priv_sk')));
    return CertificateAuthority.adopt({
      mspId,
      certificate: decodePem(await readFile(join(authority, name), 'utf8')),
      privateKey: key.export({ format: 'der', type: 'pkcs8' }),
    });
  }
}

const founding = ({ memberId, signer }: EnrolledMember) => ({
  consortium: {
    format: 'veilsum-consortium/1',
    name: 'Test consortium',
    currency: 'EUR',
    testNetwork: true,
    mspRoles: {
      AssociationMSP: ['operator', 'gateway', 'auditor'],
      PlatformMSP: ['platform', 'analyst'],
      MerchantsMSP: ['merchant', 'logistics'],
      RegulatorMSP: ['keyholder'],
    },
    deadlines: { blindingMs: 60_000, releaseMs: 60_000, disputeMs: 60_000 },
    maxAttempts: 3,
    split: { contributorsBps: 7000, keyholdersBps: 1500, operatorBps: 1000, subsidyFundBps: 500 },
  },
  operator: {
    memberId,
    mspId: signer.mspId,
    legalEntityId: `entity-${memberId}`,
    name: `Member ${memberId}`,
    roles: ['operator'],
    size: 'small',
    boxPublicKey: randomBytes(32).toString('hex'),
    certificateFingerprints: [fingerprintOf(signer.certificate)],
  },
  members: [
    {
      memberId: 'keyholder',
      mspId: 'RegulatorMSP',
      legalEntityId: 'entity-keyholder',
      name: 'Nobody signs for this one',
      roles: ['keyholder'],
      size: 'small',
      boxPublicKey: randomBytes(32).toString('hex'),
      certificateFingerprints: [randomBytes(32).toString('hex')],
    },
  ],
});
