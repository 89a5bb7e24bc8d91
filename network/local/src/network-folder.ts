import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import {
  decodePlan,
  domainOf,
  ORDERER_ORGANISATION,
  type NetworkPlan,
  type OrdererPlan,
  type Organisation,
  type PeerPlan,
} from './network-plan.js';

/** Where cryptogen keeps what one node needs. */
export interface NodeMaterial {
  readonly msp: string;
  readonly tlsCertificate: string;
  readonly tlsKey: string;
  readonly tlsRoot: string;
}

/**
 * The one folder of a local network. `organisations/` holds private keys, so that the folder is
 * the user's alone (mode 0700).
 */
export class NetworkFolder {
  readonly root: string;

  constructor(folder: string) {
    this.root = resolve(folder);
  }

  get plan(): string {
    return join(this.root, 'network.json');
  }
  get profile(): string {
    return join(this.root, 'profile.json');
  }
  /** cryptogen's output: keys and certificates of every organisation. Secret. */
  get organisations(): string {
    return join(this.root, 'organisations');
  }
  /** configtx.yaml, the genesis block, the chaincode packages. */
  get channel(): string {
    return join(this.root, 'channel');
  }
  get genesisBlock(): string {
    return join(this.channel, 'genesis.block');
  }
  get processes(): string {
    return join(this.root, 'processes');
  }
  get logs(): string {
    return join(this.root, 'logs');
  }

  /** @returns where a node keeps its ledger */
  data(node: string): string {
    return join(this.root, 'nodes', node);
  }

  /** @returns the log of a process */
  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  /** @returns the chaincode package of a sequence */
  chaincodePackage(sequence: number): string {
    return join(this.channel, `veilsum_${sequence}.tar.gz`);
  }

  /** @returns cryptogen's folder of a member organisation */
  organisation(organisation: Organisation): string {
    return join(this.organisations, 'peerOrganizations', domainOf(organisation));
  }

  /** @returns cryptogen's folder of the organisation that runs the orderers */
  get ordererOrganisation(): string {
    return join(this.organisations, 'ordererOrganizations', ORDERER_ORGANISATION.domain);
  }

  peerMaterial({ organisation, host }: PeerPlan): NodeMaterial {
    return nodeMaterial(join(this.organisation(organisation), 'peers', host));
  }

  ordererMaterial({ host }: OrdererPlan): NodeMaterial {
    return nodeMaterial(join(this.ordererOrganisation, 'orderers', host));
  }

  /** @returns the MSP folder of an organisation's administrator */
  administrator(organisation: Organisation): string {
    return join(this.organisation(organisation), 'users', `Admin@${domainOf(organisation)}`, 'msp');
  }

  /** Makes the folders that every step needs. */
  async make(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    for (const folder of [this.channel, this.processes, this.logs])
      await mkdir(folder, { recursive: true, mode: 0o700 });
  }

  /** @returns the plan of the network in this folder, if there is one */
  async findPlan(): Promise<NetworkPlan | undefined> {
    const text = await readFile(this.plan, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? undefined : decodePlan(text);
  }

  /** @throws {@link VeilsumError} NOT_FOUND when there is no network in this folder */
  async readPlan(): Promise<NetworkPlan> {
    const plan = await this.findPlan();
    if (plan !== undefined) return plan;
    throw new VeilsumError(
      'NOT_FOUND',
      `There is no network in ${this.root}; \`npm run network:up\` makes one.`,
    );
  }

  writePlan(plan: NetworkPlan): Promise<void> {
    return replaceFile(this.plan, `${JSON.stringify(plan, undefined, 2)}\n`);
  }
}

const nodeMaterial = (folder: string): NodeMaterial => ({
  msp: join(folder, 'msp'),
  tlsCertificate: join(folder, 'tls', 'server.crt'),
  tlsKey: join(folder, 'tls', 'server.key'),
  tlsRoot: join(folder, 'tls', 'ca.crt'),
});

/** Writes a file so that a reader sees the old or the new one whole, whenever we are stopped. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, file);
}
