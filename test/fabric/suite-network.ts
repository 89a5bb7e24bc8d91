import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ServedChaincode } from '@veilsum/chaincode-server';
import type { JsonValue } from '@veilsum/crypto';
import {
  CertificateAuthority,
  FileSigner,
  connectLedger,
  decodePem,
  fabricProfileSchema,
  fingerprintOf,
  generateEnrolmentKey,
  type FabricProfile,
  type Ledger,
} from '@veilsum/ledger';
import { StepLog, bringUp, deleteNetwork } from '@veilsum/local-network';

import type {
  TestIdentity,
  TestLedger,
} from '../../chaincode/contracts/src/testing/test-ledger.js';
import { freePortBase } from '../e2e/free-ports.js';
import { serveSuite } from './suite-chaincode.js';

const MINUTE_MS = 60_000;

/** An enrolled identity with its connection to the ledger. */
export interface SuiteMember {
  readonly signer: FileSigner;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
  readonly ledger: Ledger;
}

/** A real network of its own whose chaincode gives every case a ledger that looks empty. */
export class SuiteNetwork {
  readonly folder: string;
  readonly profile: FabricProfile;
  /** By MSP id; a test may close one. */
  readonly chaincode: ReadonlyMap<string, ServedChaincode>;
  readonly #members = new Map<string, Promise<SuiteMember>>();
  #cases = 0;

  private constructor(
    folder: string,
    profile: FabricProfile,
    chaincode: ReadonlyMap<string, ServedChaincode>,
  ) {
    this.folder = folder;
    this.profile = profile;
    this.chaincode = chaincode;
  }

  static async start(): Promise<SuiteNetwork> {
    const folder = join(await mkdtemp(join(tmpdir(), 'veilsum-suite-')), 'network');
    await bringUp(folder, { portBase: await freePortBase() }, new StepLog());
    const text = await readFile(join(folder, 'profile.json'), 'utf8');
    const profile = fabricProfileSchema.parse(JSON.parse(text));
    try {
      return new SuiteNetwork(folder, profile, await serveSuite(folder));
    } catch (error) {
      await deleteNetwork(folder, new StepLog());
      throw error;
    }
  }

  /** A ledger of its own for one case. */
  openCase(): SuiteLedger {
    this.#cases += 1;
    return new SuiteLedger(this, `case${this.#cases}`);
  }

  /** One identity of each name and organisation serves all cases. */
  member(name: string, mspId: string): Promise<SuiteMember> {
    const key = `${mspId}/${name}`;
    const member = this.#members.get(key) ?? this.#enrol(name, mspId);
    this.#members.set(key, member);
    return member;
  }

  async stop(): Promise<void> {
    const members = await Promise.all(this.#members.values());
    await Promise.all(members.map(({ ledger }) => ledger.close()));
    await Promise.all([...this.chaincode.values()].map((server) => server.close()));
    await deleteNetwork(this.folder, new StepLog());
    await rm(join(this.folder, '..'), { recursive: true });
  }

  async #enrol(name: string, mspId: string): Promise<SuiteMember> {
    const authority = await this.#authority(mspId);
    const { privateKey, request } = await generateEnrolmentKey(name);
    // Fabric refuses certificates that began before their authority's.
    const now = Date.now();
    const validity = { notBeforeMs: now - MINUTE_MS, notAfterMs: now + 60 * MINUTE_MS };
    const certificate = await authority.issue({ memberId: name, request, ...validity });
    const signer = new FileSigner({ mspId, certificate, privateKey });
    const journalFolder = join(this.folder, '..', 'journals', `${mspId}-${name}`);
    const { profile } = this;
    const ledger = await connectLedger({ kind: 'fabric', profile, signer, journalFolder });
    return { signer, privateKey, ledger };
  }

  async #authority(mspId: string): Promise<CertificateAuthority> {
    const organisation = this.profile.organisations.find((other) => other.mspId === mspId);
    if (organisation === undefined) throw new Error(`No organisation ${mspId} in this network.`);
    const domain = `${organisation.name}.veilsum.example`;
    const folder = join(this.folder, 'organisations/peerOrganizations', domain, 'ca');
    const pem = await readFile(join(folder, `ca.${domain}-cert.pem`), 'utf8');
    const key = createPrivateKey(await readFile(join(folder, 'priv_sk')));
    const privateKey = key.export({ format: 'der', type: 'pkcs8' });
    return CertificateAuthority.adopt({ mspId, certificate: decodePem(pem), privateKey });
  }
}

/** What one case of the contract suite takes for a ledger of its own. */
export class SuiteLedger implements TestLedger {
  readonly #network: SuiteNetwork;
  readonly #partition: string;
  readonly #members = new Map<string, SuiteMember>();
  #committed = -1;

  constructor(network: SuiteNetwork, partition: string) {
    this.#network = network;
    this.#partition = partition;
  }

  async identity(name: string, mspId: string): Promise<TestIdentity> {
    const member = await this.#network.member(name, mspId);
    this.#members.set(name, member);
    return { mspId, fingerprint: fingerprintOf(member.signer.certificate) };
  }

  async submit(as: string, contract: string, transaction: string, argument: unknown) {
    const request = this.#request(contract, transaction, argument);
    const { ledger } = await this.#upToDate(as);
    const { result, blockNumber } = await ledger.submit(request);
    this.#committed = Math.max(this.#committed, blockNumber);
    return result;
  }

  async evaluate(as: string, contract: string, transaction: string, argument: unknown) {
    const { ledger } = await this.#upToDate(as);
    return ledger.evaluate(this.#request(contract, transaction, argument));
  }

  now(): number {
    return Date.now();
  }

  /** The case's name for a contract, as Fabric's own tools call it. */
  contractName(contract: string): string {
    return `${this.#partition}/${contract}`;
  }

  /** The next case has another partition; there is nothing to clear. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #request(contract: string, transaction: string, argument: unknown) {
    const name = this.contractName(contract);
    return { contract: name, transaction, argument: argument as JsonValue };
  }

  /**
   * The member, once the peer of its organisation has all that the case has committed: other
   * organisations' peers may be behind the one that told of a commit.
   */
  async #upToDate(name: string): Promise<SuiteMember> {
    const member = this.#member(name);
    while ((await member.ledger.height()) <= this.#committed) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return member;
  }

  #member(name: string): SuiteMember {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`There is no identity ${name}.`);
    return member;
  }
}
