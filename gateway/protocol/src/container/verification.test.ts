import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  bigintToBytes,
  bytesToBigint,
  createEncryptor,
  decodePublicKey,
  encodeCiphertext,
  PlaintextProver,
  type PublicKey,
} from '@veilsum/crypto';

import type { ContributionContext } from '../contribution.js';
import { verifyContainer, writeContainer } from './index.js';

const CELLS = 300;
const BLOCKS = 4;

let folder: string;
let key: PublicKey;
let context: ContributionContext;
let ciphertexts: Uint8Array[];
let proof: ReturnType<PlaintextProver['prove']>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-verification-'));
  const vectors = JSON.parse(await readFile('test/vectors/keys.json', 'utf8')) as {
    cases: { record: unknown }[];
  };
  key = decodePublicKey(vectors.cases[0]?.record);
  context = {
    contributionId: 'ab'.repeat(16),
    contributor: 'shop-1',
    epoch: '2017-Q1',
    format: 'veilsum-contribution/1',
    keyId: key.record.keyId,
    layoutHash: 'ef'.repeat(32),
    productId: 'weekly-sales',
    productVersion: 1,
  } as ContributionContext;
  const encryptor = createEncryptor(key, { expectedCount: CELLS * BLOCKS });
  const alphas = Array.from({ length: CELLS * BLOCKS }, () => encryptor.generateAlpha());
  const plaintexts = alphas.map((_, row) => BigInt(row - 17));
  ciphertexts = alphas.map((alpha, row) =>
    encodeCiphertext(key, encryptor.encrypt(plaintexts[row] ?? 0n, alpha)),
  );
  const prover = new PlaintextProver({ key, context, count: ciphertexts.length });
  for (const ciphertext of ciphertexts) prover.absorb(ciphertext);
  for (const [row, alpha] of alphas.entries()) prover.add(plaintexts[row] ?? 0n, alpha);
  proof = prover.prove();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const container = () => join(folder, 'container.arrow');

async function write(changes: { rows?: Map<number, Uint8Array>; proof?: typeof proof } = {}) {
  await writeContainer({
    path: container(),
    shape: { cells: CELLS, blocks: BLOCKS, modulusBits: key.record.modulusBits },
    context,
    ciphertexts: ciphertexts.map((bytes, row) => changes.rows?.get(row) ?? bytes),
    prove: () => changes.proof ?? proof,
  });
}

const verify = (expected: Partial<ContributionContext> = {}) =>
  verifyContainer({
    path: container(),
    key,
    context: { ...context, ...expected },
    cells: CELLS,
    blocks: BLOCKS,
  });

const row = (index: number) => ciphertexts[index] ?? new Uint8Array();
const power = (index: number, exponent: bigint) =>
  bigintToBytes(bytesToBigint(row(index)) ** exponent % key.n2, key.elementBytes2);

describe('verifyContainer', () => {
  it('accepts what an honest contributor made', async () => {
    await write();
    await expect(verify()).resolves.toBeUndefined();
  });

  it.each<[string, () => [number, Uint8Array]]>([
    ['a ciphertext copied from another row', () => [1100, row(3)]],
    ['a multiple of a ciphertext', () => [3, power(3, 2n)]],
    [
      'a ciphertext with another constant',
      () => [7, bigintToBytes((bytesToBigint(row(7)) * (1n + key.n)) % key.n2, key.elementBytes2)],
    ],
  ])('refuses %s', async (_name, change) => {
    await write({ rows: new Map([change()]) });
    await expect(verify()).rejects.toMatchObject({ code: 'PLAINTEXT_PROOF_INVALID' });
  });

  it.each<[string, () => bigint]>([
    ['zero', () => 0n],
    ['n squared', () => key.n2],
    ['a multiple of n', () => 5n * key.n],
  ])('refuses %s as a ciphertext and names its row', async (_name, value) => {
    const bytes = bigintToBytes(value(), key.elementBytes2);
    await write({ rows: new Map([[1077, bytes]]) });
    await expect(verify()).rejects.toMatchObject({
      code: 'CONTAINER_ELEMENT',
      message: expect.stringMatching(/^Row 1077:/) as string,
    });
  });

  it.each(['a', 'za', 'zm'] as const)('refuses a proof with another %s', async (field) => {
    const changed = (BigInt(`0x${proof[field]}`) + 1n).toString(16);
    await write({ proof: { ...proof, [field]: changed } });
    await expect(verify()).rejects.toMatchObject({ code: 'PLAINTEXT_PROOF_INVALID' });
  });

  it.each(
    Object.keys({
      contributionId: 0,
      contributor: 0,
      epoch: 0,
      keyId: 0,
      layoutHash: 0,
      productId: 0,
      productVersion: 0,
    }),
  )('refuses a container made for another %s', async (field) => {
    await write();
    await expect(
      verify({ [field]: field === 'productVersion' ? 2 : 'other' }),
    ).rejects.toMatchObject({
      code: 'CONTAINER_CONTEXT',
      message: expect.stringContaining(field) as string,
    });
  });

  it('refuses a proof that was made for another context', async () => {
    await write();
    const bytes = await readFile(container());
    for (let at = bytes.indexOf('shop-1'); at !== -1; at = bytes.indexOf('shop-1', at + 1)) {
      bytes.write('shop-2', at);
    }
    await writeFile(container(), bytes);
    await expect(
      verify({ contributor: 'shop-2' as ContributionContext['contributor'] }),
    ).rejects.toMatchObject({ code: 'PLAINTEXT_PROOF_INVALID' });
  });
});
