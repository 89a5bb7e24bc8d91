import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bringUp,
  connectSession,
  consentReceipt,
  ContributionFolder,
  contributionTarget,
  createContribution,
  enrolMissing,
  keyholderService,
  planNetwork,
  startService,
  StateFolder,
  submitContribution,
  type NetworkPlan,
  type PlannedMember,
  type Question,
  type RunningNetwork,
  type RunningService,
  type Session,
} from '@veilsum/client';
import { decodePublicKey } from '@veilsum/crypto';
import { askLedger, tellLedger, type MemberIdentity } from '@veilsum/ledger';
import {
  committeeKeySchema,
  productDefinitionSchema,
  type ConsentTerms,
  type Contribution,
  type ProductDefinition,
} from '@veilsum/protocol';

/** One exact and noisy product, small enough for quick tests, wide enough for several blocks at 512 bits. */
export const testProduct: ProductDefinition = productDefinitionSchema.parse({
  format: 'veilsum-product/1',
  productId: 'sales',
  version: 1,
  title: 'Sales',
  description: 'What the stores of a test sold.',
  contributorRoles: ['merchant'],
  dimensions: [{ name: 'group', values: ['food', 'toys'] }],
  lanes: { name: 'week', count: 4, unit: 'week', first: 1 },
  measures: [{ name: 'sales', unit: 'cent', lower: '0', upper: '100' }],
  planes: [
    { name: 'visits', statistic: 'count', span: 'lane', valueBits: 32 },
    { name: 'sales', measure: 'sales', statistic: 'sum', span: 'lane', valueBits: 40 },
  ],
  privacyUnit: { name: 'visit', maxCellsPerUnit: 1 },
  maxContributors: 16,
  maskBits: 40,
  functions: ['count', 'sum', 'mean', 'share'],
  purposes: ['CommercialResearch', 'Marketing'],
  classification: 'general',
  tags: [],
  minCohort: 2,
  differencing: 'unit',
  price: '1000',
  epochs: { calendar: 'quarter', graceDays: 0 },
  budgetGroup: 'sales',
  epsilonPerEpochMicro: 5_000_000,
  mappingHints: {},
});

/** A question that every merchant of a test network allows. */
export const testQuestion: Question = {
  productId: testProduct.productId,
  productVersion: 1,
  epoch: '2026-Q1',
  purpose: 'CommercialResearch',
  function: 'sum',
  measures: ['sales'],
  groupBy: ['group'],
  where: {},
  span: 'lane',
  release: 'exact',
  epsilonMicro: 0,
  maximumPrice: '100000',
};

export interface TestNetworkOptions {
  readonly merchants: number;
  /** Longest round of blindings, and of shares. */
  readonly attemptMs?: number;
  readonly modulusBits?: number;
  readonly product?: ProductDefinition;
}

/** A whole network of real processes: ledger, gateway, three keyholders; with sessions of its members. */
export class TestNetwork {
  private readonly keyholders = new Map<string, RunningService>();

  private constructor(
    readonly state: StateFolder,
    readonly plan: NetworkPlan,
    readonly running: RunningNetwork,
    private readonly identities: ReadonlyMap<string, MemberIdentity>,
    private readonly sessions: Map<string, Session>,
  ) {
    for (const service of running.services) {
      if (service.name.startsWith('keyholder')) this.keyholders.set(service.name, service);
    }
  }

  /** Founds and starts a network with an operator, merchants, an analyst with money and an auditor. */
  static async start(options: TestNetworkOptions): Promise<TestNetwork> {
    const state = new StateFolder(await mkdtemp(join(tmpdir(), 'veilsum-e2e-')));
    const [ledgerPort, gatewayPort] = await freePorts();
    const plan = planNetwork({
      modulusBits: options.modulusBits ?? 512,
      ledgerPort,
      gatewayPort,
      attemptMs: options.attemptMs ?? 15_000,
      disputeMs: 3_600_000,
    });
    const running = await bringUp(state, plan, { attached: true, say: () => undefined });
    const identities = await enrolMissing(running.operator, testMembers(options.merchants));
    const sessions = new Map([['operator', running.operator]]);
    const network = new TestNetwork(state, plan, running, identities, sessions);
    await tellLedger(running.operator.ledger, 'product:publish', options.product ?? testProduct);
    await network.deposit('analyst', '1000000');
    return network;
  }

  get operator(): Session {
    return this.running.operator;
  }

  /** @returns the session of a member that the network was started with */
  async session(memberId: string): Promise<Session> {
    const known = this.sessions.get(memberId);
    if (known !== undefined) return known;
    const identity = this.identities.get(memberId);
    if (identity === undefined) throw new Error(`The test network has no member ${memberId}.`);
    const session = await connectSession(this.state, this.running.network, identity);
    this.sessions.set(memberId, session);
    return session;
  }

  /** Two signatures: the member claims, the operator confirms. */
  async deposit(memberId: string, amount: string): Promise<void> {
    const transferId = randomBytes(16).toString('hex');
    const { ledger } = await this.session(memberId);
    await tellLedger(ledger, 'account:proposeTransfer', {
      format: 'veilsum-transfer/1',
      transferId,
      kind: 'deposit',
      amount,
      reference: 'test',
    });
    await tellLedger(this.operator.ledger, 'account:confirmTransfer', { transferId });
  }

  /** A merchant allows the use of its data. @returns the consent's id */
  async consent(memberId: string, change: Partial<ConsentTerms> = {}): Promise<string> {
    const { ledger } = await this.session(memberId);
    const now = Date.now();
    const terms = {
      consentId: randomBytes(16).toString('hex') as ConsentTerms['consentId'],
      productId: testProduct.productId,
      productVersion: 1,
      purposes: testProduct.purposes,
      functions: testProduct.functions,
      recipients: ['role:analyst'],
      notBefore: now - 60_000,
      notAfter: now + 24 * 3_600_000,
      maxUses: 100,
      minCohort: 2,
      release: 'exact' as const,
      epsilonPerEpochMicro: 5_000_000,
      minimumPricePerUse: '10',
      ...change,
    };
    const { receiptHash } = consentReceipt(terms, memberId);
    await tellLedger(ledger, 'consent:grant', {
      format: 'veilsum-consent/1',
      ...terms,
      receiptHash,
    });
    return terms.consentId;
  }

  /** A merchant encrypts and contributes `base` + cell·100 + plane·10 + lane in every slot. */
  async contribute(
    memberId: string,
    consentId: string,
    { base = 1n, product = testProduct }: { base?: bigint; product?: ProductDefinition } = {},
  ): Promise<Contribution> {
    const session = await this.session(memberId);
    const active = await askLedger(session.ledger, 'committee:active', {}, committeeKeySchema);
    const folder = new ContributionFolder(session.state.contributions(memberId));
    const prepared = await createContribution({
      folder,
      contributor: session.identity,
      product,
      key: decodePublicKey(active.record),
      epoch: testQuestion.epoch,
      consentId,
      values: { strips: testStrips(base, product) },
      coverage: [0, 1],
    });
    return submitContribution(contributionTarget(session), folder, prepared);
  }

  /** Consents and contributes for each merchant; merchant i with base i. @returns the contributions */
  async contributeAll(merchants: number): Promise<Contribution[]> {
    const stored: Contribution[] = [];
    for (let i = 1; i <= merchants; i += 1) {
      const memberId = `merchant-${i}`;
      const consentId = await this.consent(memberId);
      stored.push(await this.contribute(memberId, consentId, { base: BigInt(i) }));
    }
    return stored;
  }

  /** Ends a keyholder's process, if it runs. */
  async stopKeyholder(memberId: string): Promise<void> {
    await this.keyholders.get(memberId)?.stop();
    this.keyholders.delete(memberId);
  }

  /** Starts a keyholder's process again, with a changed configuration such as another gatewayUrl. */
  async startKeyholder(memberId: string, change: Record<string, unknown> = {}): Promise<void> {
    const service = keyholderService(this.state, this.running.network, memberId);
    const changed = { ...service, config: { ...service.config, ...change } };
    this.keyholders.set(memberId, await startService(this.state, changed, true));
  }

  /** Ends every process and deletes the state folder. */
  async close(): Promise<void> {
    for (const session of this.sessions.values()) await session.close();
    for (const keyholder of this.keyholders.values()) await keyholder.stop();
    for (const service of this.running.services.toReversed()) await service.stop();
    await rm(this.state.root, { recursive: true, force: true });
  }
}

/** The value that {@link TestNetwork.contribute} puts into a slot. */
export function testValue(base: bigint, cell: number, plane: number, lane: number): bigint {
  return base + BigInt(cell * 100 + plane * 10 + lane);
}

function testStrips(base: bigint, product: ProductDefinition): Map<number, bigint[][]> {
  const strip = (cell: number) =>
    product.planes.map(({ span }, plane) =>
      Array.from({ length: span === 'epoch' ? 1 : product.lanes.count }, (_unused, lane) =>
        testValue(base, cell, plane, lane),
      ),
    );
  return new Map([0, 1].map((cell) => [cell, strip(cell)]));
}

function testMembers(merchants: number): PlannedMember[] {
  const member = (
    memberId: string,
    mspId: string,
    role: PlannedMember['roles'][number],
  ): PlannedMember => ({
    memberId,
    mspId,
    legalEntityId: memberId,
    name: memberId,
    roles: [role],
    size: 'small',
  });
  return [
    ...Array.from({ length: merchants }, (_unused, i) =>
      member(`merchant-${i + 1}`, 'MerchantsMSP', 'merchant'),
    ),
    member('analyst', 'PlatformMSP', 'analyst'),
    member('auditor', 'RegulatorMSP', 'auditor'),
  ];
}

/** Two ports that are free now. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            resolve((server.address() as AddressInfo).port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}
