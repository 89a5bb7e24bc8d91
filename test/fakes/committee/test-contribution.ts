import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createEncryptor,
  encodeCiphertext,
  hashLayout,
  packStrip,
  provePlaintextKnowledge,
  randomBytes,
  type Ciphertext,
} from '@veilsum/crypto';
import {
  consentSchema,
  contributionContextSchema,
  contributionSchema,
  type Consent,
  type Contribution,
  type ContributionContext,
  type MemberId,
} from '@veilsum/protocol';
import { writeContainer } from '@veilsum/protocol/container';
import { layoutForProduct, productCellCount } from '@veilsum/rules';
import { TEST_NOW, testKey, testProduct } from './test-committee.js';

export const TEST_EPOCH = '2017-Q1';
export const testLayout = layoutForProduct(testProduct, testKey.record);

/** By cell, then plane, then lane. */
export type TestValues = readonly (readonly (readonly bigint[])[])[];

/** What a merchant has: the same seed gives the same values. */
export function testValues(seed: number): TestValues {
  const cells = Array.from({ length: productCellCount(testProduct) }, (_, cell) => cell);
  return cells.map((cell) =>
    testProduct.planes.map((_, plane) =>
      [0, 1].map((lane) => BigInt((seed + 1) * 1000 + cell * 100 + plane * 10 + lane)),
    ),
  );
}

export interface TestContribution {
  readonly contribution: Contribution;
  readonly consent: Consent;
  readonly container: Uint8Array;
  readonly values: TestValues;
}

interface Blocks {
  readonly ciphertexts: readonly Ciphertext[];
  readonly messages: readonly bigint[];
  readonly alphas: readonly bigint[];
}

function encrypted(values: TestValues): Blocks {
  const messages = values.flatMap((strip) => packStrip(testLayout, strip));
  const encryptor = createEncryptor(testKey, { expectedCount: messages.length });
  const alphas = messages.map(() => encryptor.generateAlpha());
  const ciphertexts = messages.map((message, row) => encryptor.encrypt(message, alphas[row] ?? 0n));
  return { ciphertexts, messages, alphas };
}

const idFrom = () => Buffer.from(randomBytes(16)).toString('hex');

/** What a test may want wrong. */
export interface ContributionFaults {
  /** Whether the rows are others than those that the proof is about. */
  readonly foreignRows?: boolean;
  readonly context?: Partial<ContributionContext>;
}

/** A stored contribution with its consent and container, made as a client makes it. */
export async function makeContribution(
  folder: string,
  contributorId: MemberId,
  seed: number,
  faults: ContributionFaults = {},
): Promise<TestContribution> {
  const values = testValues(seed);
  const context = contributionContextSchema.parse({
    contributionId: idFrom(),
    contributor: contributorId,
    epoch: TEST_EPOCH,
    format: 'veilsum-contribution/1',
    keyId: testKey.keyId,
    layoutHash: hashLayout(testLayout),
    productId: testProduct.productId,
    productVersion: testProduct.version,
  });
  const blocks = encrypted(values);
  const proof = provePlaintextKnowledge({
    key: testKey,
    context,
    blocks: blocks.ciphertexts,
    messages: blocks.messages,
    alphas: blocks.alphas,
  });
  const path = join(folder, `${context.contributionId}.arrow`);
  const shown = faults.foreignRows === true ? encrypted(values).ciphertexts : blocks.ciphertexts;
  const written = await writeContainer({
    path,
    shape: {
      cells: productCellCount(testProduct),
      blocks: testLayout.blocks,
      modulusBits: testKey.modulusBits,
    },
    context: { ...context, ...faults.context },
    ciphertexts: shown.map((ciphertext) => encodeCiphertext(testKey, ciphertext)),
    prove: () => proof,
  });
  const consent = testConsent(contributorId);
  return {
    consent,
    contribution: contributionSchema.parse({
      format: 'veilsum-contribution-registration/1',
      contributionId: context.contributionId,
      consentId: consent.consentId,
      productId: context.productId,
      productVersion: context.productVersion,
      epoch: context.epoch,
      keyId: context.keyId,
      layoutHash: context.layoutHash,
      ...written,
      coverage: [0, 1],
      contributorId,
      status: 'stored',
      registeredAt: 0,
    }),
    container: await readFile(path),
    values,
  };
}

function testConsent(contributorId: MemberId): Consent {
  return consentSchema.parse({
    format: 'veilsum-consent/1',
    consentId: idFrom(),
    productId: testProduct.productId,
    productVersion: testProduct.version,
    purposes: ['ServiceOptimisation'],
    functions: ['count', 'sum', 'mean'],
    recipients: ['role:analyst'],
    notBefore: 0,
    notAfter: TEST_NOW + 86_400_000,
    maxUses: 100,
    minCohort: 2,
    release: 'exact',
    epsilonPerEpochMicro: 10_000_000,
    minimumPricePerUse: '0',
    receiptHash: '0'.repeat(64),
    contributorId,
    revision: 1,
    status: 'active',
    givenAt: 0,
    changedAt: 0,
  });
}
