import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createExponentDeriver,
  decodeCiphertext,
  decodePublicKey,
  generateKeyCeremony,
  openCiphertext,
  randomBytes,
  unpackPlanes,
  type JsonValue,
  type PublicKey,
} from '@veilsum/crypto';
import type { Ledger, LedgerRequest } from '@veilsum/ledger';
import {
  contributionContextSchema,
  memberIdSchema,
  productDefinitionSchema,
  VeilsumError,
  type Contribution,
  type ProductDefinition,
} from '@veilsum/protocol';
import { ContainerReader, verifyContainer } from '@veilsum/protocol/container';
import { layoutForProduct } from '@veilsum/rules';
import type { ContributionValues } from '../bounding/contribution-values.js';
import { ContributionFolder, type PreparedContribution } from './contribution-folder.js';
import { previewContribution } from './contribution-preview.js';
import { createContribution, type NewContribution } from './create-contribution.js';
import { resumeContributions, submitContribution } from './submit-contribution.js';

const product: ProductDefinition = productDefinitionSchema.parse({
  format: 'veilsum-product/1',
  productId: 'visits',
  version: 1,
  title: 'Visits',
  description: 'Small enough for a test, wide enough for several blocks.',
  contributorRoles: ['merchant'],
  dimensions: [{ name: 'group', values: ['a', 'b', 'c'] }],
  lanes: { name: 'week', count: 13, unit: 'week', first: 1 },
  measures: [{ name: 'sales', unit: 'cent', lower: '-5000', upper: '5000' }],
  planes: [
    { name: 'n', statistic: 'count', span: 'lane', valueBits: 24 },
    { name: 's', measure: 'sales', statistic: 'sum', span: 'lane', valueBits: 40 },
    { name: 'e', measure: 'sales', statistic: 'sum', span: 'epoch', valueBits: 40 },
  ],
  privacyUnit: { name: 'person', maxCellsPerUnit: 3 },
  maxContributors: 64,
  maskBits: 40,
  functions: ['count', 'sum'],
  purposes: ['ResearchAndDevelopment'],
  classification: 'general',
  tags: [],
  minCohort: 2,
  differencing: 'unit',
  price: '0',
  epochs: { calendar: 'quarter', graceDays: 0 },
  budgetGroup: 'visits',
  epsilonPerEpochMicro: 1_000_000,
  mappingHints: {},
});

const strip = (seed: bigint): bigint[][] => [
  Array.from({ length: 13 }, (_unused, lane) => seed * BigInt(lane)),
  Array.from({ length: 13 }, (_unused, lane) => -seed * BigInt(lane) * 1000n),
  [-seed * 78_000n],
];
/** Cell 1 has no data, cell 2 has. */
const values: ContributionValues = {
  strips: new Map([
    [0, strip(3n)],
    [2, strip(-7n)],
  ]),
};

describe('a contribution', () => {
  let root: string;
  let key: PublicKey;
  let folder: ContributionFolder;
  const contributor = {
    memberId: memberIdSchema.parse('corner-shop'),
    storageKey: randomBytes(32),
  };

  beforeAll(async () => {
    const sizes = { modulusBits: 512, l: 3, t: 2, insecureTestKey: true };
    key = decodePublicKey((await generateKeyCeremony(sizes)).record);
    root = await mkdtemp(join(tmpdir(), 'veilsum-contribution-'));
  });
  afterAll(async () => {
    await rm(root, { recursive: true });
  });
  beforeEach(async () => {
    folder = new ContributionFolder(await mkdtemp(join(root, 'member-')));
  });

  const request = (change: Partial<NewContribution> = {}): NewContribution => ({
    folder,
    contributor,
    product,
    key,
    epoch: '2017-Q1',
    consentId: '0'.repeat(32),
    values,
    coverage: [0, 2],
    ...change,
  });

  const contextOf = ({ registration }: PreparedContribution) =>
    contributionContextSchema.parse({
      format: 'veilsum-contribution/1',
      contributionId: registration.contributionId,
      contributor: 'corner-shop',
      epoch: '2017-Q1',
      keyId: key.keyId,
      layoutHash: registration.layoutHash,
      productId: 'visits',
      productVersion: 1,
    });

  it('is a container that every checker accepts, and is registered as what it is', async () => {
    const progress: number[] = [];
    const prepared = await createContribution(
      request({ onProgress: ({ done, total }) => progress.push(done / total) }),
    );
    const { blocks } = layoutForProduct(product, key);
    expect(blocks).toBeGreaterThan(1);
    const { registration, containerPath } = prepared;
    const context = contextOf(prepared);
    await verifyContainer({ path: containerPath, key, context, cells: 3, blocks });
    const bytes = await readFile(containerPath);
    expect(registration).toMatchObject({
      contentHash: createHash('sha256').update(bytes).digest('hex'),
      byteLength: bytes.length,
      rowCount: 3 * blocks,
      coverage: [0, 2],
    });
    expect(progress.at(-1)).toBe(1);
    expect(await folder.list()).toEqual([prepared]);
  });

  it('holds exactly the values, zeros included, and opens with its stored seed alone', async () => {
    const prepared = await createContribution(request());
    const opened = await openAll(prepared);
    const zeros = strip(0n);
    expect(opened).toEqual([strip(3n), zeros, strip(-7n)]);
    const stranger = { ...contributor, storageKey: randomBytes(32) };
    const { contributionId } = prepared.registration;
    await expect(folder.readSeed(stranger, contributionId)).rejects.toMatchObject({
      code: 'STATE_FOLDER_INVALID',
    });
  });

  async function openAll(prepared: PreparedContribution): Promise<bigint[][][]> {
    const { contributionId } = prepared.registration;
    const seed = await folder.readSeed(contributor, contributionId);
    const alphaOf = createExponentDeriver(seed, contributionId, key.exponentBits);
    const layout = layoutForProduct(product, key);
    const messages: bigint[] = [];
    const shape = { cells: 3, blocks: layout.blocks, modulusBits: 512 };
    const reader = await ContainerReader.open(prepared.containerPath, shape);
    for await (const { firstRow, ciphertexts } of reader.batches()) {
      for (const [offset, bytes] of [...ciphertexts].entries()) {
        const ciphertext = decodeCiphertext(key, bytes);
        messages.push(openCiphertext(key, ciphertext, alphaOf(firstRow + offset)));
      }
    }
    await reader.close();
    return [0, 1, 2].map((cell) => {
      const row = cell * layout.blocks;
      const blocks = messages.slice(row, row + layout.blocks);
      return unpackPlanes(layout, new Map(blocks.entries()), [0, 1, 2]);
    });
  }

  it('has a fresh id, seed and ciphertexts each time', async () => {
    const first = await createContribution(request());
    const second = await createContribution(request());
    expect(first.registration.contributionId).not.toBe(second.registration.contributionId);
    expect(first.registration.contentHash).not.toBe(second.registration.contentHash);
    const seeds = [first, second].map(({ registration }) =>
      folder.readSeed(contributor, registration.contributionId),
    );
    expect(await seeds[0]).not.toEqual(await seeds[1]);
  });

  it('leaves nothing behind when it fails, and drops drafts that a crash left', async () => {
    const tooMuch: ContributionValues = {
      strips: new Map([[0, [strip(0n)[0] ?? [], strip(0n)[1] ?? [], [2n ** 33n]]]]),
    };
    await expect(createContribution(request({ values: tooMuch }))).rejects.toMatchObject({
      code: 'BOUND_EXCEEDED',
    });
    await expect(createContribution(request({ epoch: '2017-M01' }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const broken = request({
      onProgress: () => {
        throw new Error('stopped');
      },
    });
    await expect(createContribution(broken)).rejects.toThrow('stopped');
    expect(await readdir(folder.path)).toEqual([]);
    const draft = await folder.createDraft('a'.repeat(32));
    expect(await folder.list()).toEqual([]);
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    await utimes(draft, twoDaysAgo, twoDaysAgo);
    const { registration } = await createContribution(request());
    expect(await readdir(folder.path)).toEqual([registration.contributionId]);
  });

  it('keeps its files to its owner and refuses altered ones', async () => {
    const { registration } = await createContribution(request());
    const path = join(folder.path, registration.contributionId);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await writeFile(join(path, 'registration.json'), '{}');
    await expect(folder.list()).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
  });

  it('is shown before it is made, without a value in it', () => {
    const preview = previewContribution({ product, key, values, coverage: [0, 2] });
    const { blocks } = layoutForProduct(product, key);
    expect(preview).toMatchObject({
      cells: 3,
      cellsWithData: 2,
      rows: 3 * blocks,
      slots: 81,
      ciphertextBytes: 3 * blocks * 128,
      coverage: [0, 2],
    });
    expect(preview.firstCiphertext).toMatch(/^[0-9a-f]{256}$/);
    const again = previewContribution({ product, key, values, coverage: [0, 2] });
    expect(again.firstCiphertext).not.toBe(preview.firstCiphertext);
  });

  describe('on its way', () => {
    let network: TestNetwork;
    beforeEach(async () => {
      network = await TestNetwork.start();
    });
    afterEach(() => network.stop());

    it('is registered, uploaded once and then left alone', async () => {
      const prepared = await createContribution(request());
      const { contributionId } = prepared.registration;
      expect(await submitContribution(network, folder, prepared)).toMatchObject({
        contributionId,
        status: 'stored',
      });
      expect(network.uploads).toHaveLength(1);
      expect(await submitContribution(network, folder, prepared)).toMatchObject({
        status: 'stored',
      });
      expect(network.uploads).toHaveLength(1);
      expect(network.registrations).toBe(1);
    });

    it('sends the same bytes again when the gateway stumbles', async () => {
      const prepared = await createContribution(request());
      network.answers.push(503, 'drop', 503);
      await submitContribution(network, folder, prepared);
      const hashes = network.uploads.map(({ hash }) => hash);
      expect(hashes.length).toBeGreaterThanOrEqual(3);
      expect(hashes.at(-1)).toBe(prepared.registration.contentHash);
    });

    it('stops at a refusal and shows its code', async () => {
      const prepared = await createContribution(request());
      network.answers.push(422);
      await expect(submitContribution(network, folder, prepared)).rejects.toMatchObject({
        code: 'CONTAINER_HASH',
      });
      expect(network.uploads).toHaveLength(1);
    });

    it('does not take the word of a gateway that records nothing', async () => {
      const prepared = await createContribution(request());
      network.recordsUploads = false;
      const target = { ...network.target, recordedWithinMs: 250 };
      await expect(submitContribution(target, folder, prepared)).rejects.toMatchObject({
        code: 'GATEWAY_UNAVAILABLE',
      });
    });

    it.each(['before it was registered', 'after it was registered', 'after it was uploaded'])(
      'is finished by the next run after a crash %s',
      async (moment) => {
        const prepared = await createContribution(request());
        const { contributionId, contentHash } = prepared.registration;
        if (moment !== 'before it was registered') {
          network.answers.push(moment === 'after it was uploaded' ? 'store and drop' : 422);
          network.attempts = 1;
          await submitContribution(network, folder, prepared).catch(() => undefined);
          network.attempts = 5;
        }
        const fresh = new ContributionFolder(folder.path);
        const only = { productId: 'visits', epoch: '2017-Q1' };
        const other = await resumeContributions(network, fresh, { ...only, epoch: '2017-Q2' });
        expect(other).toEqual([]);
        await resumeContributions(network, fresh, only);
        expect(network.contributions.get(contributionId)?.status).toBe('stored');
        expect(network.uploads.at(-1)?.hash).toBe(contentHash);
        expect(network.registrations).toBe(1);
        expect(await resumeContributions(network, fresh, only)).toEqual([]);
      },
    );

    it('is deleted when the ledger refuses it, and kept when its answer is lost', async () => {
      const refused = await createContribution(request());
      network.refusal = new VeilsumError('CONTRIBUTION_DUPLICATE', 'There is one already.');
      await expect(submitContribution(network, folder, refused)).rejects.toMatchObject({
        code: 'CONTRIBUTION_DUPLICATE',
      });
      expect(await folder.list()).toEqual([]);
      const lost = await createContribution(request());
      network.refusal = new VeilsumError('COMMIT_STATUS_UNKNOWN', 'The answer was lost.');
      await expect(submitContribution(network, folder, lost)).rejects.toMatchObject({
        code: 'COMMIT_STATUS_UNKNOWN',
      });
      expect(await folder.list()).toEqual([lost]);
    });
  });
});

type Answer = number | 'drop' | 'store and drop';

/** A ledger that knows contributions only, and a gateway that counts uploads, over real HTTP. */
class TestNetwork {
  readonly contributions = new Map<string, Contribution>();
  readonly uploads: { readonly hash: string }[] = [];
  /** What the gateway does with the next uploads; then it stores them. */
  readonly answers: Answer[] = [];
  recordsUploads = true;
  registrations = 0;
  attempts = 5;
  refusal: VeilsumError | undefined;
  readonly recordedWithinMs = 2000;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TestNetwork> {
    const server = createServer();
    const network = new TestNetwork(server);
    server.on('request', (message: IncomingMessage, response: ServerResponse) => {
      void network.#receive(message, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return network;
  }

  get target() {
    const { ledger, gateway, upload } = this;
    return { ledger, gateway, upload };
  }

  get upload() {
    return { attempts: this.attempts, delayMs: 1 };
  }

  get gateway() {
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/`, token: () => Promise.resolve('token') };
  }

  get ledger(): Ledger {
    return {
      submit: (request: LedgerRequest) => Promise.resolve(this.#register(request)),
      evaluate: ({ argument }: LedgerRequest) => Promise.resolve(this.#read(argument)),
    } as unknown as Ledger;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #register({ argument }: LedgerRequest) {
    if (this.refusal !== undefined) throw this.refusal;
    const registration = argument as unknown as Contribution;
    const contribution: Contribution = { ...registration, status: 'registered' };
    this.contributions.set(registration.contributionId, contribution);
    this.registrations += 1;
    return { transactionId: '', blockNumber: 1, result: contribution as unknown as JsonValue };
  }

  #read(argument: JsonValue): JsonValue {
    const { contributionId } = argument as { contributionId: string };
    const found = this.contributions.get(contributionId);
    if (found === undefined) throw new VeilsumError('NOT_FOUND', 'There is no such contribution.');
    return found as unknown as JsonValue;
  }

  async #receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = this.answers.shift() ?? 201;
    if (answer === 'drop') {
      this.uploads.push({ hash: '' });
      message.socket.destroy();
      return;
    }
    const hash = createHash('sha256');
    for await (const chunk of message) hash.update(chunk as Buffer);
    this.uploads.push({ hash: hash.digest('hex') });
    if (answer === 201 || answer === 'store and drop') this.#store(message.url ?? '');
    if (answer === 'store and drop') message.socket.destroy();
    else response.writeHead(answer, { 'content-type': 'application/json' }).end(body(answer));
  }

  #store(url: string): void {
    const [, id = ''] = /^\/v1\/contributions\/([0-9a-f]{32})\/container$/.exec(url) ?? [];
    const found = this.contributions.get(id);
    if (found !== undefined && this.recordsUploads) {
      this.contributions.set(id, { ...found, status: 'stored' });
    }
  }
}

function body(status: number): string {
  if (status === 201) return JSON.stringify({ status: 'stored' });
  const code = status === 503 ? 'GATEWAY_UNAVAILABLE' : 'CONTAINER_HASH';
  const problem = { type: 'about:blank', title: code, status, detail: 'No.', code };
  return JSON.stringify({ ...problem, retryable: status === 503, correlationId: '1' });
}
