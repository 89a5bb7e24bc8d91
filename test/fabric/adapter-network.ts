import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import {
  createServer,
  createConnection,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  CertificateAuthority,
  FileSigner,
  connectLedger,
  decodePem,
  fabricProfileSchema,
  fingerprintOf,
  generateEnrolmentKey,
  type FabricConnection,
  type FabricProfile,
  type Ledger,
  type LedgerRequest,
} from '@veilsum/ledger';
import { StepLog, bringUp, deleteNetwork } from '@veilsum/local-network';
import type { Consortium, MemberRegistration } from '@veilsum/protocol';

import { freePortBase } from '../e2e/free-ports.js';

const MINUTE_MS = 60_000;

/** An identity and the key under it, which tests hand to processes of their own. */
export interface TestMember {
  readonly signer: FileSigner;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
}

/** A real network in a folder of its own, with a consortium that its operator founded. */
export class AdapterNetwork {
  readonly folder: string;
  readonly profile: FabricProfile;
  readonly operator: TestMember;
  readonly #opened: Ledger[] = [];

  private constructor(folder: string, profile: FabricProfile, operator: TestMember) {
    this.folder = folder;
    this.profile = profile;
    this.operator = operator;
  }

  static async start(): Promise<AdapterNetwork> {
    const folder = join(await mkdtemp(join(tmpdir(), 'veilsum-adapter-')), 'network');
    await bringUp(folder, { portBase: await freePortBase() }, new StepLog());
    const text = await readFile(join(folder, 'profile.json'), 'utf8');
    const profile = fabricProfileSchema.parse(JSON.parse(text));
    const operator = await enrol(await authorityOf(folder, 'association'), 'operator');
    const network = new AdapterNetwork(folder, profile, operator);
    const ledger = await network.connect();
    await ledger.submit(founding(operator));
    return network;
  }

  /** The operator's connection, changed as told; closed with the network. */
  async connect(changes: Partial<FabricConnection> = {}): Promise<Ledger> {
    const { profile, operator } = this;
    const journalFolder = changes.journalFolder ?? this.journal();
    const { signer } = operator;
    const options = { kind: 'fabric', profile, signer, journalFolder, ...changes } as const;
    const ledger = await connectLedger(options);
    this.#opened.push(ledger);
    return ledger;
  }

  /** A journal folder that nobody used yet. */
  journal(): string {
    return join(this.folder, '..', `journal-${randomBytes(4).toString('hex')}`);
  }

  /** The profile with other ways to the association's only peer. */
  profileThrough(ports: readonly number[]): FabricProfile {
    const [own, ...others] = this.profile.organisations;
    const peer = own?.peers[0];
    if (own === undefined || peer === undefined) throw new Error('The profile has no peer.');
    const peers = ports.map((port, index) => ({
      ...peer,
      name: `way ${index + 1}`,
      address: `localhost:${port}`,
    }));
    return { ...this.profile, organisations: [{ ...own, peers }, ...others] };
  }

  /** Port of the association's peer. */
  get peerPort(): number {
    return Number(this.profile.organisations[0]?.peers[0]?.address.split(':')[1]);
  }

  async stop(): Promise<void> {
    for (const ledger of this.#opened) await ledger.close();
    await deleteNetwork(this.folder, new StepLog());
    await rm(join(this.folder, '..'), { recursive: true });
  }
}

/** A TCP relay that can be cut, so that one way to a peer fails while another holds. */
export class Way {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isCut = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      if (this.isCut) {
        near.destroy();
        return;
      }
      const far = createConnection(target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async open(target: number): Promise<Way> {
    const way = new Way(target);
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The authority that an organisation of the network has. */
export async function authorityOf(folder: string, name: string): Promise<CertificateAuthority> {
  const domain = `${name}.veilsum.example`;
  const base = join(folder, 'organisations/peerOrganizations', domain, 'ca');
  const pem = await readFile(join(base, `ca.${domain}-cert.pem`), 'utf8');
  const key = createPrivateKey(await readFile(join(base, 'priv_sk')));
  const privateKey = key.export({ format: 'der', type: 'pkcs8' });
  const mspId = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}MSP`;
  return CertificateAuthority.adopt({ mspId, certificate: decodePem(pem), privateKey });
}

/** Fabric refuses certificates that began before their authority, which is a few minutes old. */
export async function enrol(
  authority: CertificateAuthority,
  memberId: string,
): Promise<TestMember> {
  const { privateKey, request } = await generateEnrolmentKey(memberId);
  const validity = { notBeforeMs: Date.now() - MINUTE_MS, notAfterMs: Date.now() + 60 * MINUTE_MS };
  const certificate = await authority.issue({ memberId, request, ...validity });
  return {
    signer: new FileSigner({ mspId: authority.mspId, certificate, privateKey }),
    privateKey,
  };
}

/** A claim of money with an id of its own: one new key, nothing that others change. */
export function transfer(transferId = randomBytes(16).toString('hex')): LedgerRequest {
  const argument = {
    format: 'veilsum-transfer/1',
    transferId,
    kind: 'deposit',
    amount: '1',
    reference: 'adapter test',
  };
  return { contract: 'account', transaction: 'proposeTransfer', argument };
}

/** Ids of the transactions that a journal keeps. */
export async function journalled(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json'));
  const ids = files.map(async (name) => {
    // It may have been removed since.
    const text = await readFile(join(folder, name), 'utf8').catch(() => '{"entries":[]}');
    const { entries } = JSON.parse(text) as { entries: { transactionId: string }[] };
    return entries.map(({ transactionId }) => transactionId);
  });
  return (await Promise.all(ids)).flat();
}

/** Waits until something holds. */
export async function until(condition: () => Promise<boolean>, spanMs = 10_000): Promise<void> {
  const endMs = performance.now() + spanMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error('What was waited for did not come.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The transaction by which the operator founds the consortium. */
export function founding({ signer }: TestMember): LedgerRequest {
  const consortium = {
    format: 'veilsum-consortium/1',
    name: 'Adapter consortium',
    currency: 'EUR',
    testNetwork: true,
    mspRoles: { AssociationMSP: ['operator', 'gateway'], PlatformMSP: ['auditor'] },
    deadlines: { blindingMs: 60_000, releaseMs: 60_000, disputeMs: 60_000 },
    maxAttempts: 3,
    split: { contributorsBps: 7000, keyholdersBps: 1500, operatorBps: 1000, subsidyFundBps: 500 },
  } satisfies Record<keyof Consortium, unknown>;
  const operator = registration('operator', signer.mspId, fingerprintOf(signer.certificate));
  // Nobody signs for this one; a consortium needs a second organisation that could change its rules.
  const auditor = registration('auditor', 'PlatformMSP', randomBytes(32).toString('hex'));
  const argument = { consortium, operator, members: [auditor] };
  return { contract: 'consortium', transaction: 'initialize', argument };
}

function registration(role: 'operator' | 'auditor', mspId: string, fingerprint: string) {
  return {
    memberId: role,
    mspId,
    legalEntityId: `entity-${role}`,
    name: role,
    roles: [role],
    size: 'small',
    boxPublicKey: randomBytes(32).toString('hex'),
    certificateFingerprints: [fingerprint],
  } satisfies Record<keyof MemberRegistration, unknown>;
}
