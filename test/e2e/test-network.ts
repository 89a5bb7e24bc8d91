import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adoptChange,
  bringUp,
  connectSession,
  consentReceipt,
  ContributionFolder,
  contributionTarget,
  createContribution,
  enrolMissing,
  keyholderService,
  openSession,
  planNetwork,
  requireEmbedded,
  startService,
  StateFolder,
  submitContribution,
  type EmbeddedNetwork,
  type NetworkPlan,
  type PlannedFabric,
  type PlannedMember,
  type PreparedContribution,
  type Question,
  type RunningNetwork,
  type RunningService,
  type Service,
  type Session,
  type WantedChange,
} from '@veilsum/client';
import { decodePublicKey, type PublicKey } from '@veilsum/crypto';
import { askLedger, tellLedger, type MemberIdentity } from '@veilsum/ledger';
import {
  committeeKeySchema,
  consentTermsSchema,
  productDefinitionSchema,
  type ConsentTerms,
  type Contribution,
  type ProductDefinition,
  type Proposal,
  type ProposalKind,
  type Role,
} from '@veilsum/protocol';

import { freePortBase, freePorts } from './free-ports.js';

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

/** Cell keys of {@link testProduct}. */
export const TEST_CELLS = 2;

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
  /** Found it on a Fabric network of its own; VEILSUM_LEDGER=fabric in the environment does so too. */
  readonly ledger?: 'embedded' | 'fabric';
  readonly product?: ProductDefinition;
}

/** What a merchant of a test network contributes. */
export interface TestValues {
  readonly base?: bigint;
  readonly product?: ProductDefinition;
  /** The epoch of {@link testQuestion} when absent. */
  readonly epoch?: string;
  /** Id of an earlier contribution that this one replaces. */
  readonly supersedes?: string;
}

/**
 * A whole network of real processes: ledger, gateway, three keyholders; with sessions of its members.
 * On the embedded ledger, or on a Fabric network.
 */
export class TestNetwork {
  /** By name, in the order in which they were started. */
  private readonly services = new Map<string, RunningService>();
  private readonly sessions = new Map<string, Session>();

  private constructor(
    readonly state: StateFolder,
    readonly plan: NetworkPlan,
    readonly running: RunningNetwork,
    private readonly identities: ReadonlyMap<string, MemberIdentity>,
  ) {
    this.sessions.set(running.operator.identity.memberId, running.operator);
    for (const service of running.services) this.services.set(service.name, service);
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
      fabric: await chosenFabric(options),
    });
    const running = await bringUp(state, plan, { attached: true, say: () => undefined });
    const identities = await enrolMissing(running.operator, testMembers(options.merchants));
    const network = new TestNetwork(state, plan, running, identities);
    await network.publish(options.product ?? testProduct);
    await network.deposit('analyst', '1000000');
    return network;
  }

  /** The network as a client knows it, for tests of the embedded ledger's own. */
  get embedded(): EmbeddedNetwork {
    return requireEmbedded(
      this.running.network,
      'This test is of',
      'Run it without VEILSUM_LEDGER.',
    );
  }

  get operator(): Session {
    return this.running.operator;
  }

  /** @returns the session of a member; of a service too, with the keys that its process uses */
  async session(memberId: string): Promise<Session> {
    const known = this.sessions.get(memberId);
    if (known !== undefined) return known;
    const identity = this.identities.get(memberId);
    const session =
      identity === undefined
        ? await openSession(this.state, { as: memberId })
        : await connectSession(this.state, this.running.network, identity);
    this.sessions.set(memberId, session);
    return session;
  }

  /** The committee's public key, as the ledger has it. */
  async key(): Promise<PublicKey> {
    const { ledger } = this.operator;
    const active = await askLedger(ledger, 'committee:active', {}, committeeKeySchema);
    return decodePublicKey(active.record);
  }

  /** Enrols one more member. @returns its session */
  async enrol(memberId: string, mspId: string, role: Role): Promise<Session> {
    const enrolled = await enrolMissing(this.operator, [testMember(memberId, mspId, role)]);
    const identity = enrolled.get(memberId);
    if (identity === undefined) throw new Error(`The test network has a member ${memberId}.`);
    const session = await connectSession(this.state, this.running.network, identity);
    this.sessions.set(memberId, session);
    return session;
  }

  /** The operator proposes a standard, and another organisation approves it. */
  async publish(definition: ProductDefinition): Promise<void> {
    await this.adopt({ kind: 'standard', content: definition, reason: 'A test asks about it.' });
  }

  /** Has a change take effect: the operator proposes it, the organisations that are needed approve. */
  adopt<Kind extends ProposalKind>(change: WantedChange<Kind>): Promise<Proposal> {
    return adoptChange(this.operator, change);
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
    const terms = testTerms(memberId, change);
    await tellLedger(ledger, 'consent:grant', terms);
    return terms.consentId;
  }

  /** A merchant encrypts and contributes `base` + cell·100 + plane·10 + lane in every slot. */
  async contribute(
    memberId: string,
    consentId: string,
    values: TestValues = {},
  ): Promise<Contribution> {
    return this.submit(memberId, await this.prepare(memberId, consentId, values));
  }

  /** The part of {@link contribute} that nobody else sees. */
  async prepare(
    memberId: string,
    consentId: string,
    { base = 1n, product = testProduct, epoch = testQuestion.epoch, supersedes }: TestValues = {},
  ): Promise<PreparedContribution> {
    const session = await this.session(memberId);
    return createContribution({
      folder: new ContributionFolder(session.state.contributions(memberId)),
      contributor: session.identity,
      product,
      key: await this.key(),
      epoch,
      consentId,
      values: { strips: testStrips(base, product) },
      coverage: [0, 1],
      supersedes,
    });
  }

  /** Registers and uploads what was prepared; may be called again after a failure. */
  async submit(memberId: string, prepared: PreparedContribution): Promise<Contribution> {
    const session = await this.session(memberId);
    const folder = new ContributionFolder(session.state.contributions(memberId));
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

  /** Ends a service's process, if it runs. */
  async stopService(name: string): Promise<void> {
    await this.services.get(name)?.stop();
    this.services.delete(name);
  }

  /** Starts a process that ends with the network. */
  async startService(service: Service): Promise<RunningService> {
    const running = await startService(this.state, service, true);
    this.services.set(service.name, running);
    return running;
  }

  stopKeyholder(memberId: string): Promise<void> {
    return this.stopService(memberId);
  }

  /** Starts a keyholder's process again, with a changed configuration such as another gatewayUrl. */
  async startKeyholder(memberId: string, change: Record<string, unknown> = {}): Promise<void> {
    const service = keyholderService(this.state, this.running.network, memberId);
    await this.startService({ ...service, config: { ...service.config, ...change } });
  }

  /** Ends every process and deletes the state folder. */
  async close(): Promise<void> {
    for (const session of this.sessions.values())
      if (session !== this.operator) await session.close();
    for (const service of [...this.services.values()].reverse()) await service.stop();
    await this.running.stop();
    await rm(this.state.root, { recursive: true, force: true });
  }
}

async function chosenFabric({ ledger }: TestNetworkOptions): Promise<PlannedFabric | undefined> {
  const chosen = ledger ?? process.env['VEILSUM_LEDGER'] ?? 'embedded';
  return chosen === 'fabric' ? { portBase: await freePortBase() } : undefined;
}

/** Terms that allow {@link testQuestion}, under a new id unless the change gives one. */
export function testTerms(memberId: string, change: Partial<ConsentTerms> = {}): ConsentTerms {
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
  return consentTermsSchema.parse({ format: 'veilsum-consent/1', ...terms, receiptHash });
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

function testMember(memberId: string, mspId: string, role: Role): PlannedMember {
  return {
    memberId,
    mspId,
    legalEntityId: memberId,
    name: memberId,
    roles: [role],
    size: 'small',
  };
}

function testMembers(merchants: number): PlannedMember[] {
  return [
    ...Array.from({ length: merchants }, (_unused, i) =>
      testMember(`merchant-${i + 1}`, 'MerchantsMSP', 'merchant'),
    ),
    testMember('analyst', 'PlatformMSP', 'analyst'),
    testMember('auditor', 'RegulatorMSP', 'auditor'),
  ];
}
