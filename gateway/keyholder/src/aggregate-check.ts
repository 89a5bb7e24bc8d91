import {
  decodeCanonicalJson,
  hashAggregate,
  hexToBigint,
  requireValidCiphertexts,
  type Ciphertext,
} from '@veilsum/crypto';
import { aggregateObjectSchema, VeilsumError, type Hash } from '@veilsum/protocol';
import { blockCountOf, objectBytesMax, type CheckedPlan } from './checked-plan.js';
import { ownAggregateHash, type ContainerPorts } from './cohort-containers.js';
import type { Gateway } from './gateway.js';
import { Refusal, refuseUnless } from './refusal.js';

const mismatch = "The gateway's aggregates are not the product of the cohort's containers.";
const otherPlan = 'The gateway made its aggregates for another plan.';

/**
 * The aggregates that the gateway publishes, once they are the ones that the keyholder gets from the
 * containers itself (docs/protocol.md §6.3). The containers are read once for each plan; afterwards
 * the keyholder's own hash decides.
 *
 * @returns the aggregates in block order
 * @throws {@link Refusal} PLAN_MISMATCH, AGGREGATE_MISMATCH, or what is wrong with a container
 * @throws {@link VeilsumError} NOT_FOUND while the gateway has not made them
 */
export async function checkAggregates(
  checked: CheckedPlan,
  ports: ContainerPorts,
): Promise<Ciphertext[]> {
  const ownHash = await ownAggregateHash(checked, ports);
  const shown = await readAggregates(checked, ports.gateway);
  return refuseUnless('AGGREGATE_MISMATCH', mismatch, () =>
    requireAggregates(checked, shown, ownHash),
  );
}

async function readAggregates(checked: CheckedPlan, gateway: Gateway): Promise<Uint8Array> {
  try {
    return await gateway.readAggregates(checked.plan.queryId, objectBytesMax(checked));
  } catch (error) {
    if (!(error instanceof VeilsumError) || error.code !== 'LIMIT_EXCEEDED') throw error;
    throw new Refusal('AGGREGATE_MISMATCH', mismatch, error);
  }
}

function requireAggregates(checked: CheckedPlan, bytes: Uint8Array, ownHash: Hash): Ciphertext[] {
  const { planHash, keyShare } = checked;
  const shown = aggregateObjectSchema.parse(decodeCanonicalJson(bytes));
  if (shown.planHash !== planHash) throw new Refusal('PLAN_MISMATCH', otherPlan);
  const { key } = keyShare;
  const blocks = requireValidCiphertexts(key, shown.blocks.map(hexToBigint));
  const hash = hashAggregate({ key, planHash, blocks });
  const isOwn = hash === ownHash && shown.aggregateHash === ownHash;
  if (!isOwn || blocks.length !== blockCountOf(checked)) {
    throw new Refusal('AGGREGATE_MISMATCH', mismatch);
  }
  return blocks;
}
