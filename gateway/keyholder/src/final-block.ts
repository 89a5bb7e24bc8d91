import { applyBlindings, hashFinal, type Ciphertext } from '@veilsum/crypto';
import { hashSchema, VeilsumError, type Hash } from '@veilsum/protocol';
import { recordedBlocks } from './blinding-object.js';
import { objectBytesMax, planAttemptOf, seatOf, type CheckedPlan } from './checked-plan.js';
import type { Gateway } from './gateway.js';
import type { KeyholderStore } from './keyholder-store.js';
import { Refusal, refuseUnless } from './refusal.js';

/** c* of one attempt: what alone this keyholder opens in it (docs/protocol.md §6.5). */
export interface FinalBlocks {
  readonly blocks: readonly Ciphertext[];
  readonly finalHash: Hash;
}

export interface FinalPorts {
  readonly gateway: Gateway;
  readonly store: KeyholderStore;
}

/**
 * Shows the own blinding to the gateway; only for an attempt whose A the own ledger has fixed.
 *
 * @throws {@link Refusal} BLINDING_MISMATCH when the store does not hold the recorded blinding
 */
export async function showBlinding(checked: CheckedPlan, ports: FinalPorts): Promise<void> {
  const { index } = checked.keyShare;
  const own = await ownBlinding(checked, ports.store);
  requireRecorded(checked, { index, bytes: own });
  await ports.gateway.putBlinding(seatOf(checked, index), own);
}

/**
 * Builds the final blocks out of the aggregates and the blindings of all of A. The own blinding comes
 * from the own store, never from the gateway, so that what is opened always holds it.
 *
 * @returns the final blocks once their hash is on disk as the only one of this plan attempt
 * @throws {@link Refusal} BLINDING_MISMATCH when a blinding is not the recorded one or its proof does
 * not hold, FINAL_BLOCK_CONFLICT when this attempt had another final block before
 * @throws {@link VeilsumError} NOT_FOUND while a blinding has not been shown
 */
export async function buildFinalBlocks(
  checked: CheckedPlan,
  aggregates: readonly Ciphertext[],
  ports: FinalPorts,
): Promise<FinalBlocks> {
  const { key } = checked.keyShare;
  const shown = await collectBlindings(checked, ports);
  const blindings = shown.map((one) => requireRecorded(checked, one));
  const blocks = applyBlindings(key, aggregates, blindings);
  const finalHash = hashSchema.parse(hashFinal({ key, ...planAttemptOf(checked), blocks }));
  await requireOnlyFinal(checked, finalHash, ports.store);
  return { blocks, finalHash };
}

interface ShownBlinding {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Gathers all before any is judged: most often one of them is simply not there yet. */
async function collectBlindings(
  checked: CheckedPlan,
  { gateway, store }: FinalPorts,
): Promise<ShownBlinding[]> {
  const { index: own } = checked.keyShare;
  if (!checked.attempt.attempt.keyholders.includes(own)) {
    throw new Refusal('BLINDING_MISMATCH', 'This keyholder has no blinding in the attempt.');
  }
  const shown: ShownBlinding[] = [];
  for (const index of checked.attempt.attempt.keyholders) {
    const isOwn = index === own;
    const bytes = isOwn ? ownBlinding(checked, store) : readBlinding(checked, index, gateway);
    shown.push({ index, bytes: await bytes });
  }
  return shown;
}

async function readBlinding(
  checked: CheckedPlan,
  index: number,
  gateway: Gateway,
): Promise<Uint8Array> {
  try {
    return await gateway.readBlinding(seatOf(checked, index), objectBytesMax(checked));
  } catch (error) {
    if (!(error instanceof VeilsumError) || error.code !== 'LIMIT_EXCEEDED') throw error;
    throw new Refusal('BLINDING_MISMATCH', mismatchOf(index), error);
  }
}

async function ownBlinding(checked: CheckedPlan, store: KeyholderStore): Promise<Uint8Array> {
  const own = await store.blinding(planAttemptOf(checked));
  if (own !== undefined) return own;
  // An old backup was restored, say. A second blinding of the attempt would give the first away.
  const reason = 'This keyholder no longer has the blinding that it recorded.';
  throw new Refusal('BLINDING_MISMATCH', reason);
}

function requireRecorded(checked: CheckedPlan, { index, bytes }: ShownBlinding): Ciphertext[] {
  return refuseUnless('BLINDING_MISMATCH', mismatchOf(index), () => {
    const blocks = recordedBlocks(checked, index, bytes);
    if (blocks === undefined) throw new Refusal('BLINDING_MISMATCH', mismatchOf(index));
    return blocks;
  });
}

async function requireOnlyFinal(
  checked: CheckedPlan,
  finalHash: Hash,
  store: KeyholderStore,
): Promise<void> {
  const kept = await store.keepFinalHash(planAttemptOf(checked), finalHash);
  if (kept === finalHash) return;
  const reason = 'This keyholder has already accepted another final block in this attempt.';
  throw new Refusal('FINAL_BLOCK_CONFLICT', reason);
}

function mismatchOf(index: number): string {
  return `The blinding shown for keyholder ${index} is not the recorded one, or its proof does not hold.`;
}
