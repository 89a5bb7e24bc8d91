import { hashAggregate } from '@veilsum/crypto';
import { ContainerReader, verifyContainer } from '@veilsum/protocol/container';
import { hashSchema, VeilsumError, type Contribution, type Hash } from '@veilsum/protocol';
import { Aggregation } from './aggregation.js';
import type { CheckedPlan } from './checked-plan.js';
import type { ContainerFolder } from './container-folder.js';
import type { Gateway } from './gateway.js';
import type { KeyholderStore } from './keyholder-store.js';
import { Refusal } from './refusal.js';

export interface ContainerPorts {
  readonly gateway: Gateway;
  readonly store: KeyholderStore;
  readonly folder: ContainerFolder;
}

/**
 * `aggregateHash` of a plan as the keyholder computes it from the containers of the cohort, each of
 * which it fetched by the hash on its own ledger and verified itself (docs/protocol.md §6.3).
 *
 * @throws {@link Refusal} CONTAINER_HASH when the gateway serves other bytes, another container code or
 * PLAINTEXT_PROOF_INVALID when the registered ones are no valid container
 * @throws {@link VeilsumError} NOT_FOUND or GATEWAY_UNAVAILABLE when a container does not come
 */
export async function ownAggregateHash(checked: CheckedPlan, ports: ContainerPorts): Promise<Hash> {
  const known = await ports.store.aggregateHash(checked.planHash);
  if (known !== undefined) return known;
  const aggregation = new Aggregation(checked);
  for (const contribution of checked.cohort) {
    await fetchContainer(contribution, ports);
    await requireVerified(checked, contribution, ports);
    await addContainer(checked, contribution, { aggregation, ports });
  }
  const { key } = checked.keyShare;
  const blocks = aggregation.blocks();
  const hash = hashSchema.parse(hashAggregate({ key, planHash: checked.planHash, blocks }));
  return ports.store.keepAggregateHash(checked.planHash, hash);
}

async function fetchContainer(contribution: Contribution, ports: ContainerPorts): Promise<void> {
  if (await ports.folder.holds(contribution)) return;
  const pieces = ports.gateway.readContainer(contribution.contributionId);
  await ports.folder.take(contribution, pieces);
}

/** The proof is the costly part, and of a file named by its hash it stays true. */
async function requireVerified(
  checked: CheckedPlan,
  contribution: Contribution,
  { store, folder }: ContainerPorts,
): Promise<void> {
  const { contributionId, contributorId, contentHash, epoch, layoutHash } = contribution;
  const { productId, productVersion } = contribution;
  const { key } = checked.keyShare;
  const name = `${contentHash}~${contributionId}~${key.keyId}~${layoutHash}`;
  if (await store.isVerified(name)) return;
  await refuseInvalid(contribution, () =>
    verifyContainer({
      path: folder.pathOf(contentHash),
      key,
      context: {
        contributionId,
        contributor: contributorId,
        epoch,
        format: 'veilsum-contribution/1',
        keyId: contribution.keyId,
        layoutHash,
        productId,
        productVersion,
      },
      cells: checked.cells,
      blocks: checked.layout.blocks,
    }),
  );
  await store.keepVerified(name);
}

interface Adding {
  readonly aggregation: Aggregation;
  readonly ports: ContainerPorts;
}

async function addContainer(
  { cells, layout, keyShare }: CheckedPlan,
  contribution: Contribution,
  { aggregation, ports }: Adding,
): Promise<void> {
  await refuseInvalid(contribution, async () => {
    const shape = { cells, blocks: layout.blocks, modulusBits: keyShare.key.modulusBits };
    const path = ports.folder.pathOf(contribution.contentHash);
    const reader = await ContainerReader.open(path, shape);
    try {
      await aggregation.add(reader);
    } finally {
      await reader.close();
    }
  });
}

/** The reader's sentences may name rows, which are public; whose they are stands in the contribution. */
async function refuseInvalid(
  { contributionId }: Contribution,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof VeilsumError) || error.transient) throw error;
    throw new Refusal(error.code, `Contribution ${contributionId}: ${error.message}`, error);
  }
}
