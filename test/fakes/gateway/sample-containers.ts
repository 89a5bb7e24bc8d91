import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  createEncryptor,
  decodePublicKey,
  encodeCiphertext,
  hashLayout,
  provePlaintextKnowledge,
  randomBytes,
} from '@veilsum/crypto';
import {
  contributionContextSchema,
  type ContributionContext,
  type ContributionRegistration,
} from '@veilsum/protocol';
import { writeContainer } from '@veilsum/protocol/container';
import { layoutForProduct, productCellCount } from '@veilsum/rules';

import {
  contributionOf,
  SAMPLE_EPOCH,
  sampleConsent,
  sampleProduct,
} from '../../../chaincode/contracts/src/testing/index.js';
import type { GatewayNetwork } from './gateway-network.js';

/** A contributor's container with what its contributor registered about it. */
export interface SampleContainer {
  readonly registration: ContributionRegistration;
  readonly bytes: Buffer;
  readonly ciphertexts: readonly Uint8Array[];
}

export interface ContainerFaults {
  /** What the container says of itself instead of the truth. */
  readonly context?: Partial<Record<keyof ContributionContext, unknown>>;
  /** Ciphertexts put in place of those that were proved. */
  readonly replace?: (ciphertexts: Uint8Array[]) => Uint8Array[];
  /** Cells that the container has instead of those of the product. */
  readonly cells?: number;
}

/** Grants a consent and registers a contribution whose container holds `value` in every row. */
export async function registerContainer(
  network: GatewayNetwork,
  merchant: string,
  value: bigint,
  faults: ContainerFaults = {},
): Promise<SampleContainer> {
  const container = await makeContainer(network, merchant, value, faults);
  const { consentId } = container.registration;
  await network.submit(merchant, 'consent:grant', sampleConsent(consentId, Date.now()));
  await network.submit(merchant, 'contribution:register', container.registration);
  return container;
}

async function makeContainer(
  network: GatewayNetwork,
  merchant: string,
  value: bigint,
  faults: ContainerFaults,
): Promise<SampleContainer> {
  const key = decodePublicKey(network.dealt.record);
  const product = { ...sampleProduct(), publishedAt: 0 };
  const layout = layoutForProduct(product, key.record);
  const cells = faults.cells ?? productCellCount(product);
  const contributionId = Buffer.from(randomBytes(16)).toString('hex');
  const consentId = Buffer.from(randomBytes(16)).toString('hex');
  const context = contributionContextSchema.parse({
    contributionId,
    contributor: merchant,
    epoch: SAMPLE_EPOCH,
    format: 'veilsum-contribution/1',
    keyId: key.record.keyId,
    layoutHash: hashLayout(layout),
    productId: product.productId,
    productVersion: product.version,
    ...faults.context,
  });
  const messages = Array.from({ length: cells * layout.blocks }, () => value);
  const encryptor = createEncryptor(key, { expectedCount: messages.length });
  const alphas = messages.map(() => encryptor.generateAlpha());
  const blocks = messages.map((message, row) => encryptor.encrypt(message, alphas[row] ?? 0n));
  const proof = provePlaintextKnowledge({ key, context, blocks, messages, alphas });
  const honest = blocks.map((block) => encodeCiphertext(key, block));
  const ciphertexts = faults.replace?.([...honest]) ?? honest;
  const path = join(network.folder, `${contributionId}.arrow`);
  const shape = { cells, blocks: layout.blocks, modulusBits: key.record.modulusBits };
  const written = await writeContainer({ path, shape, context, ciphertexts, prove: () => proof });
  const { contentHash, byteLength } = written;
  return {
    registration: contributionOf(merchant, network.dealt, {
      contributionId,
      consentId,
      contentHash,
      byteLength,
    }),
    bytes: await readFile(path),
    ciphertexts,
  };
}
