import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEncryptor,
  decodePublicKey,
  encodeCiphertext,
  generateKeyCeremony,
  hexToBigint,
  packStrip,
  randomBytes,
  type PublicKey,
} from '@veilsum/crypto';
import {
  contributionIdSchema,
  memberIdSchema,
  openingIdSchema,
  productSchema,
  type OpeningContent,
  type Product,
} from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import { ContributionFolder } from '../contribution/contribution-folder.js';
import { createContribution } from '../contribution/create-contribution.js';
import { checkOpenedBlocks, type BlockCheck } from './block-check.js';
import { openOwnBlocks, readRows } from './opened-blocks.js';

const product: Product = productSchema.parse({
  format: 'veilsum-product/1',
  productId: 'visits',
  version: 1,
  title: 'Visits',
  description: 'Several blocks of 512 bits in each cell.',
  contributorRoles: ['merchant'],
  dimensions: [{ name: 'group', values: ['a', 'b', 'c'] }],
  lanes: { name: 'week', count: 13, unit: 'week', first: 1 },
  measures: [{ name: 'sales', unit: 'cent', lower: '0', upper: '5000' }],
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
  publishedAt: 0,
});

/** Two units in every lane, with as much as the bounds allow. */
const honest = (): bigint[][] => [
  Array.from({ length: 13 }, () => 2n),
  Array.from({ length: 13 }, () => 10_000n),
  [130_000n],
];

describe('opened blocks', () => {
  let root: string;
  let key: PublicKey;
  let check: BlockCheck;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'veilsum-opening-'));
    const sizes = { modulusBits: 512, l: 3, t: 2, insecureTestKey: true };
    key = decodePublicKey((await generateKeyCeremony(sizes)).record);
    check = await contributed(new Map([[1, honest()]]), [1]);
  });
  afterAll(async () => {
    await rm(root, { recursive: true });
  });

  /** Contributes values and opens one cell of them. */
  async function contributed(
    strips: ReadonlyMap<number, bigint[][]>,
    coverage: readonly number[],
    opened = 1,
  ): Promise<BlockCheck> {
    const folder = new ContributionFolder(await mkdtemp(join(root, 'member-')));
    const contributor = { memberId: memberIdSchema.parse('shop'), storageKey: randomBytes(32) };
    const { registration, containerPath } = await createContribution({
      folder,
      contributor,
      product,
      key,
      epoch: '2017-Q1',
      consentId: '0'.repeat(32),
      values: { strips },
      coverage,
    });
    const { blocks } = layoutForProduct(product, key);
    const rows = Array.from({ length: blocks }, (_unused, block) => opened * blocks + block);
    const task = {
      openingId: openingIdSchema.parse('a'.repeat(32)),
      contributionId: registration.contributionId,
      rows,
    };
    const seed = await folder.readSeed(contributor, registration.contributionId);
    const content = await openOwnBlocks({ task, product, key, containerPath, seed });
    const ciphertexts = await readRows(containerPath, { product, key }, rows);
    return { content, task, product, key, ciphertexts, coverage };
  }

  const faults = (change: Partial<BlockCheck>, of = check) =>
    checkOpenedBlocks({ ...of, ...change }).map(({ fault }) => fault);
  const withRow = (row: Partial<OpeningContent['rows'][number]>, position = 0): OpeningContent => ({
    ...check.content,
    rows: check.content.rows.map((entry, at) => (at === position ? { ...entry, ...row } : entry)),
  });

  /** A strip as a contributor may encrypt it who does not use this client. */
  function forged(strip: bigint[][], coverage: readonly number[] = [1]): BlockCheck {
    const layout = layoutForProduct(product, key);
    const encryptor = createEncryptor(key, { expectedCount: layout.blocks });
    const rows = packStrip(layout, strip).map((message, block) => {
      const alpha = encryptor.generateAlpha();
      const bytes = encodeCiphertext(key, encryptor.encrypt(message, alpha));
      const row = check.task.rows[block] ?? 0;
      return { bytes, row: { row, message: String(message), alpha: alpha.toString(16) } };
    });
    return {
      ...check,
      content: { ...check.content, rows: rows.map(({ row }) => row) },
      ciphertexts: rows.map(({ bytes }) => bytes),
      coverage,
    };
  }

  it('agree when they are what was contributed, and show exactly that', () => {
    expect(check.task.rows.length).toBeGreaterThan(1);
    expect(faults({})).toEqual([]);
  });

  it('of an empty cell agree too, unless it is declared to have data', async () => {
    const strips = new Map([[1, honest()]]);
    expect(faults({}, await contributed(strips, [1], 2))).toEqual([]);
    expect(faults({}, await contributed(strips, [1, 2], 2))).toEqual(['coverage']);
  });

  it('agree where data was not declared, which costs only the contributor', () => {
    expect(faults({ coverage: [] })).toEqual([]);
  });

  it('do not agree when any field of the answer is another', () => {
    const [first] = check.content.rows;
    const message = String(BigInt(first?.message ?? '0') + 1n);
    expect(faults({ content: withRow({ message }) })).toEqual(['ciphertext']);
    const alpha = (hexToBigint(first?.alpha ?? '0') ^ 1n).toString(16);
    expect(faults({ content: withRow({ alpha }) })).toEqual(['ciphertext']);
    expect(faults({ content: withRow({ row: 0 }) })).toEqual(['answer']);
    const openingId = openingIdSchema.parse('b'.repeat(32));
    expect(faults({ content: { ...check.content, openingId } })).toEqual(['answer']);
    const contributionId = contributionIdSchema.parse('c'.repeat(32));
    expect(faults({ content: { ...check.content, contributionId } })).toEqual(['answer']);
    const rows = check.content.rows.slice(1);
    expect(faults({ content: { ...check.content, rows } })).toEqual(['answer']);
    const twice = [...check.content.rows, ...check.content.rows.slice(-1)];
    expect(faults({ content: { ...check.content, rows: twice } })).toEqual(['answer']);
  });

  it('do not agree when the container is another, or a row of it is missing', () => {
    const [first = new Uint8Array(), ...rest] = check.ciphertexts;
    const changed = Uint8Array.from(first, (byte, at) => (at === 5 ? byte ^ 1 : byte));
    expect(faults({ ciphertexts: [changed, ...rest] })).toEqual(['ciphertext']);
    expect(faults({ ciphertexts: [...rest, first] })).toEqual(
      check.task.rows.map(() => 'ciphertext'),
    );
    expect(faults({ ciphertexts: check.ciphertexts.slice(0, -1) })).toEqual(['ciphertext']);
  });

  it('cannot be numbers that nobody could have encrypted', () => {
    expect(faults({ content: withRow({ message: String(key.n) }) })).toEqual(['range']);
    const alpha = (2n ** BigInt(key.exponentBits)).toString(16);
    expect(faults({ content: withRow({ alpha }) })).toEqual(['range']);
  });

  it('are held against what one contributor may send', () => {
    const strip = honest();
    strip[0] = Array.from({ length: 13 }, () => 2n ** 23n);
    strip[1] = Array.from({ length: 13 }, () => 5n);
    expect(faults({}, forged(strip))).toContain('magnitude');
  });

  it('are held against the bounds of the product, by the number of units', () => {
    const over = honest();
    over[1] = Array.from({ length: 13 }, (_unused, lane) => (lane === 4 ? 10_001n : 10_000n));
    expect(faults({}, forged(over))).toEqual(['bounds']);
    const negative = honest();
    negative[0] = Array.from({ length: 13 }, (_unused, lane) => (lane === 4 ? -1n : 2n));
    // The lane's count, its sum, and the epoch's sum.
    expect(faults({}, forged(negative))).toEqual(['bounds', 'bounds', 'bounds']);
    const epoch = honest();
    epoch[2] = [130_001n];
    expect(faults({}, forged(epoch))).toEqual(['bounds']);
    const below = honest();
    below[2] = [-1n];
    expect(faults({}, forged(below))).toEqual(['bounds']);
    expect(faults({}, forged(honest()))).toEqual([]);
  });

  it('are held against declared coverage', () => {
    const zeros = honest().map((plane) => plane.map(() => 0n));
    expect(faults({}, forged(zeros))).toEqual(['coverage']);
    expect(faults({}, forged(zeros, []))).toEqual([]);
  });

  it('are held against the layout: nothing may hide above the last unit', () => {
    const layout = layoutForProduct(product, key);
    const [row = { row: 0, message: '0', alpha: '1' }] = check.content.rows;
    const message = BigInt(row.message) + (1n << BigInt(layout.capacityBits - 1));
    const encryptor = createEncryptor(key, { expectedCount: 1 });
    const encrypted = encryptor.encrypt(message, hexToBigint(row.alpha));
    const ciphertexts = [encodeCiphertext(key, encrypted), ...check.ciphertexts.slice(1)];
    const content = withRow({ message: String(message) });
    expect(faults({ content, ciphertexts })).toEqual(['layout']);
  });

  it('cannot be shown from another seed', async () => {
    const folder = new ContributionFolder(await mkdtemp(join(root, 'member-')));
    const contributor = { memberId: memberIdSchema.parse('shop'), storageKey: randomBytes(32) };
    const { registration, containerPath } = await createContribution({
      folder,
      contributor,
      product,
      key,
      epoch: '2017-Q1',
      consentId: '0'.repeat(32),
      values: { strips: new Map([[1, honest()]]) },
      coverage: [1],
    });
    const task = { ...check.task, contributionId: registration.contributionId };
    const own = { task, product, key, containerPath, seed: randomBytes(32) };
    await expect(openOwnBlocks(own)).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
  });
});
