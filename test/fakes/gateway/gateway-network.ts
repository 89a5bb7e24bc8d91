import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DealtKey, JsonValue } from '@veilsum/crypto';
import {
  createGatewayToken,
  type CertificateAuthority,
  type FileSigner,
  type TokenOptions,
} from '@veilsum/ledger';
import { EmbeddedEngine, SignedLedger } from '@veilsum/ledger/embedded';
import {
  memberIdSchema,
  mspIdSchema,
  type Consortium,
  type MemberRegistration,
  type Proposal,
  type ProposalContent,
  type ProposalKind,
  type Role,
} from '@veilsum/protocol';
import { pino } from 'pino';

import {
  dealSampleKey,
  keyRegistration,
  sampleConsortium,
  sampleProduct,
  sampleRegistration,
} from '../../../chaincode/contracts/src/testing/index.js';
import {
  approveProposal,
  submitProposal,
} from '../../../gateway/client/src/proposal/proposal-calls.js';
import { fingerprintOf } from '../../../gateway/ledger/src/identity/certificate.js';
import type { ComputePool } from '../../../gateway/server/src/computing/compute-pool.js';
import { runVerification } from '../../../gateway/server/src/computing/container-verification.js';
import { runMultiplication } from '../../../gateway/server/src/computing/row-multiplication.js';
import { startGateway, type RunningGateway } from '../../../gateway/server/src/gateway.js';
import { FileObjectStore } from '../../../gateway/server/src/objects/file-object-store.js';
import { defaultLimits } from '../../../gateway/server/src/settings.js';
import { createAuthority, createGenesis, enrol } from '../ledger/test-members.js';

export const GATEWAY_ID = memberIdSchema.parse('gateway');

const members: readonly { name: string; mspId: string; roles: readonly Role[] }[] = [
  { name: 'gateway', mspId: 'AssociationMSP', roles: ['gateway'] },
  { name: 'auditor', mspId: 'AssociationMSP', roles: ['auditor'] },
  { name: 'merchant-1', mspId: 'MerchantsMSP', roles: ['merchant'] },
  { name: 'merchant-2', mspId: 'MerchantsMSP', roles: ['merchant'] },
  { name: 'merchant-3', mspId: 'MerchantsMSP', roles: ['merchant'] },
  { name: 'analyst', mspId: 'MerchantsMSP', roles: ['analyst'] },
  { name: 'keyholder-1', mspId: 'RegulatorMSP', roles: ['keyholder'] },
  { name: 'keyholder-2', mspId: 'RegulatorMSP', roles: ['keyholder'] },
  { name: 'keyholder-3', mspId: 'RegulatorMSP', roles: ['keyholder'] },
];

export interface GatewayNetworkOptions {
  readonly deadlines?: Consortium['deadlines'];
}

/** The arithmetic of the gateway without threads: worker threads cannot load TypeScript. */
export class InlinePool implements ComputePool {
  readonly width = 2;
  multiplications = 0;
  readonly verifyContainer = runVerification;

  multiply(task: Parameters<ComputePool['multiply']>[0]): Promise<string[]> {
    this.multiplications += 1;
    return runMultiplication(task);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A founded market on a real embedded ledger, and a gateway on real files that answers real HTTP. */
export class GatewayNetwork {
  readonly #signers = new Map<string, FileSigner>();
  readonly pool = new InlinePool();
  gateway!: RunningGateway;

  private constructor(
    readonly folder: string,
    readonly engine: EmbeddedEngine,
    readonly authorities: ReadonlyMap<string, CertificateAuthority>,
    readonly dealt: DealtKey,
  ) {}

  static async found(options: GatewayNetworkOptions = {}): Promise<GatewayNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'veilsum-gateway-'));
    const authorities = new Map<string, CertificateAuthority>();
    for (const mspId of ['AssociationMSP', 'MerchantsMSP', 'RegulatorMSP']) {
      authorities.set(mspId, await createAuthority(mspId));
    }
    const association = authorities.get('AssociationMSP');
    if (association === undefined) throw new Error('unreachable');
    const operator = await enrol(association, 'operator');
    const genesis = createGenesis([...authorities.values()], operator);
    const engine = await EmbeddedEngine.open({ folder: join(folder, 'ledger'), genesis });
    const network = new GatewayNetwork(folder, engine, authorities, await dealSampleKey());
    network.#signers.set('operator', operator);
    await network.#foundMarket(options);
    await network.restart();
    return network;
  }

  /** Starts the gateway anew on the objects that are there. */
  async restart(): Promise<void> {
    const { genesisHash } = await this.engine.status();
    const [block] = await firstOf(this.engine.blocks({ fromBlock: 0 }));
    if (block?.genesis === undefined) throw new Error('unreachable');
    this.gateway = await startGateway(
      {
        settings: {
          gatewayId: GATEWAY_ID,
          ledger: {
            channel: block.genesis.channel,
            genesisHash,
            authorities: block.genesis.msps,
          },
          version: '0.0.0-test',
          ...defaultLimits,
          containerBytesMax: 100_000,
          scanMs: 100,
        },
        ledger: this.ledgerOf('gateway'),
        objects: await FileObjectStore.open(this.objectsFolder),
        pool: this.pool,
        relay: this.engine,
        clock: Date.now,
        log: pino({ level: 'silent' }),
      },
      { host: '127.0.0.1', port: 0 },
    );
  }

  get objectsFolder(): string {
    return join(this.folder, 'objects');
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.engine.close();
    await rm(this.folder, { recursive: true });
  }

  signer(name: string): FileSigner {
    const signer = this.#signers.get(name);
    if (signer === undefined) throw new Error(`nobody is called ${name}`);
    return signer;
  }

  ledgerOf(name: string): SignedLedger {
    return new SignedLedger({
      service: this.engine,
      signer: this.signer(name),
      channel: 'test-channel',
    });
  }

  async submit(as: string, call: string, argument: unknown): Promise<JsonValue> {
    const [contract = '', transaction = ''] = call.split(':');
    const request = { contract, transaction, argument: argument as JsonValue };
    return (await this.ledgerOf(as).submit(request)).result;
  }

  async read(call: string, argument: unknown): Promise<JsonValue> {
    const [contract = '', transaction = ''] = call.split(':');
    const request = { contract, transaction, argument: argument as JsonValue };
    return this.ledgerOf('auditor').evaluate(request);
  }

  /** A bearer token of a member, or of whoever else signs in its name. */
  token(
    name: string,
    options: TokenOptions & { audience?: string; signer?: FileSigner } = {},
  ): Promise<string> {
    const signer = options.signer ?? this.signer(name);
    const mspId = mspIdSchema.parse(signer.mspId);
    const identity = { memberId: memberIdSchema.parse(name), mspId, signer };
    return createGatewayToken(identity, options.audience ?? GATEWAY_ID, options);
  }

  /** Calls the gateway as a member, or as nobody. */
  async call(
    name: string | undefined,
    method: string,
    path: string,
    body?: Uint8Array | string,
  ): Promise<Answer> {
    const token = name === undefined ? undefined : await this.token(name);
    return this.callWith(token, method, path, body);
  }

  async callWith(
    token: string | undefined,
    method: string,
    path: string,
    body?: Uint8Array | string,
  ): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = body as Uint8Array<ArrayBuffer> | string;
    const response = await fetch(this.gateway.url + path, init);
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes, json: parsed(bytes) };
  }

  async #foundMarket({ deadlines }: GatewayNetworkOptions): Promise<void> {
    const consortium = sampleConsortium(deadlines === undefined ? {} : { deadlines });
    const operator = this.#registration('operator', ['operator']);
    const others: MemberRegistration[] = [];
    for (const { name, mspId, roles } of members) {
      const authority = this.authorities.get(mspId);
      if (authority === undefined) throw new Error('unreachable');
      this.#signers.set(name, await enrol(authority, name));
      others.push(this.#registration(name, roles));
    }
    const founding = { consortium, operator, members: others };
    await this.submit('operator', 'consortium:initialize', founding);
    await this.adopt('committeeKey', keyRegistration(this.dealt));
    await this.adopt('standard', sampleProduct());
  }

  /** Has a change take effect: the operator proposes it, a keyholder approves. */
  async adopt<Kind extends ProposalKind>(
    kind: Kind,
    content: ProposalContent<Kind>,
  ): Promise<Proposal> {
    const change = { kind, content, reason: 'A test needs it.' };
    const proposal = await submitProposal(this.ledgerOf('operator'), change);
    return approveProposal(this.ledgerOf('keyholder-1'), proposal);
  }

  #registration(name: string, roles: readonly Role[]) {
    const signer = this.signer(name);
    const fingerprint = fingerprintOf(signer.certificate);
    return sampleRegistration(name, roles, { mspId: signer.mspId, fingerprint });
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The body, if it is JSON. */
  readonly json: unknown;
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  for await (const item of items) return [item];
  return [];
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
