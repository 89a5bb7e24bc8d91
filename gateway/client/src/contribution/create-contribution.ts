import { join } from 'node:path';
import { bytesToHex, hashLayout, randomBytes, type PublicKey } from '@veilsum/crypto';
import {
  contributionContextSchema,
  contributionRegistrationSchema,
  type ContributionContext,
  type ContributionRegistration,
  type ProductDefinition,
} from '@veilsum/protocol';
import { writeContainer, type WrittenContainer } from '@veilsum/protocol/container';
import { epochPeriod, layoutForProduct, productCellCount } from '@veilsum/rules';
import { requireWithinPlanes, type ContributionValues } from '../bounding/contribution-values.js';
import type {
  ContributionFolder,
  Contributor,
  PreparedContribution,
} from './contribution-folder.js';
import { StripEncryption, type EncryptionProgress } from './strip-encryption.js';

/** What is contributed, by whom and for which period. */
export interface NewContribution {
  readonly folder: ContributionFolder;
  readonly contributor: Contributor;
  readonly product: ProductDefinition;
  readonly key: PublicKey;
  readonly epoch: string;
  /** The consent that it rests on. */
  readonly consentId: string;
  /** Secret. */
  readonly values: ContributionValues;
  /** Ascending cells to declare. */
  readonly coverage: readonly number[];
  /** An earlier contribution that this one replaces. */
  readonly supersedes?: string | undefined;
  readonly onProgress?: (progress: EncryptionProgress) => void;
}

const SEED_BYTES = 32;

/**
 * Encrypts values into a container under a fresh contributionId and seed, on this machine only
 * (docs/protocol.md §5). Nothing of the values stays but the ciphertexts and the encrypted seed.
 * @throws {@link VeilsumError} BOUND_EXCEEDED, or INVALID_ARGUMENT for an epoch of another calendar
 */
export async function createContribution(request: NewContribution): Promise<PreparedContribution> {
  const { folder, contributor, product, epoch, values } = request;
  epochPeriod(product.epochs.calendar, epoch);
  requireWithinPlanes(product, values);
  const contributionId = bytesToHex(randomBytes(16));
  const draft = await folder.createDraft(contributionId);
  try {
    const seed = randomBytes(SEED_BYTES);
    await folder.writeSeed(contributor, contributionId, seed);
    const context = contextOf(request, contributionId);
    const written = await encryptInto(join(draft, 'container.arrow'), request, context, seed);
    return await folder.complete(registrationOf(request, context, written));
  } catch (error) {
    await folder.discardDraft(contributionId);
    throw error;
  }
}

function contextOf(
  { contributor, product, key, epoch }: NewContribution,
  contributionId: string,
): ContributionContext {
  return contributionContextSchema.parse({
    format: 'veilsum-contribution/1',
    contributionId,
    contributor: contributor.memberId,
    epoch,
    keyId: key.keyId,
    layoutHash: hashLayout(layoutForProduct(product, key)),
    productId: product.productId,
    productVersion: product.version,
  });
}

function encryptInto(
  path: string,
  { key, product, values, onProgress }: NewContribution,
  context: ContributionContext,
  seed: Uint8Array,
): Promise<WrittenContainer> {
  const layout = layoutForProduct(product, key);
  const encryption = new StripEncryption({
    key,
    product,
    layout,
    values,
    context,
    seed,
    onProgress,
  });
  return writeContainer({
    path,
    shape: {
      cells: productCellCount(product),
      blocks: layout.blocks,
      modulusBits: key.modulusBits,
    },
    context,
    ciphertexts: encryption.ciphertexts(),
    prove: () => encryption.prove(),
  });
}

function registrationOf(
  { consentId, coverage, supersedes }: NewContribution,
  context: ContributionContext,
  written: WrittenContainer,
): ContributionRegistration {
  const { contributionId, epoch, keyId, layoutHash, productId, productVersion } = context;
  return contributionRegistrationSchema.parse({
    format: 'veilsum-contribution-registration/1',
    contributionId,
    consentId,
    productId,
    productVersion,
    epoch,
    keyId,
    layoutHash,
    ...written,
    coverage: [...coverage],
    ...(supersedes === undefined ? {} : { supersedes }),
  });
}
