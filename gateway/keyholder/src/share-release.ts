import { createShare, encodeShare, hexToBytes, seal, sha256Hex } from '@veilsum/crypto';
import { hashSchema, VeilsumError, type Hash } from '@veilsum/protocol';
import { planAttemptOf, seatOf, type CheckedPlan } from './checked-plan.js';
import type { CommitteeLedger } from './committee-ledger.js';
import type { FinalBlocks } from './final-block.js';
import type { Gateway } from './gateway.js';
import type { KeyholderStore } from './keyholder-store.js';
import type { OpenAttempt } from './query-progress.js';

export interface ReleasePorts {
  readonly store: KeyholderStore;
  readonly ledger: CommitteeLedger;
}

/**
 * Opens the final blocks with the key share, seals the result to the analyst and records it on the
 * ledger (docs/protocol.md §6.5–6.7). The sealed bytes are on disk before the ledger hears of them, so
 * a repeat records and later hands over the same ones. Nothing leaves the keyholder here.
 *
 * @throws {@link VeilsumError} what the ledger answers, e.g. CONSENT_WITHDRAWN; then nothing may be
 * handed over
 */
export async function releaseShare(
  checked: CheckedPlan,
  { blocks, finalHash }: FinalBlocks,
  { store, ledger }: ReleasePorts,
): Promise<void> {
  const of = planAttemptOf(checked);
  const kept =
    (await store.sealedShare(of)) ??
    (await store.keepSealedShare(of, sealedShare(checked, blocks)));
  await ledger.releaseShare({
    queryId: checked.plan.queryId,
    ...of,
    finalHash,
    shareHash: shareHashOf(kept),
  });
}

function sealedShare(checked: CheckedPlan, finals: FinalBlocks['blocks']): Uint8Array {
  const { key, index, value } = checked.keyShare;
  const share = createShare({ key, index, share: value, ...planAttemptOf(checked), finals });
  return seal(encodeShare(share), hexToBytes(checked.plan.resultKey));
}

/** `shareHash`: of the sealed bytes, since a hash of the open share would confirm a guess. */
function shareHashOf(sealed: Uint8Array): Hash {
  return hashSchema.parse(sha256Hex(sealed));
}

/**
 * Brings the sealed share to the gateway, once the own view of the ledger has its record.
 *
 * @param index the own index
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID when the store holds another share than the recorded
 * one
 */
export async function handOverShare(
  open: OpenAttempt,
  index: number,
  { gateway, store }: { readonly gateway: Gateway; readonly store: KeyholderStore },
): Promise<void> {
  const sealed = await recordedShare(open, index, store);
  await gateway.putShare(seatOf(open, index), sealed);
}

/**
 * Posts the sealed share on the ledger, because the analyst says that it did not come. Only the analyst
 * can open it (docs/ledger.md, Queries).
 *
 * @param index the own index
 * @throws {@link VeilsumError} as {@link handOverShare} does, or what the ledger answers
 */
export async function answerDispute(
  open: OpenAttempt,
  index: number,
  { store, ledger }: ReleasePorts,
): Promise<void> {
  const sealed = await recordedShare(open, index, store);
  const sealedShare = Buffer.from(sealed).toString('base64');
  await ledger.answerDispute({ ...seatOf(open, index), sealedShare });
}

async function recordedShare(
  open: OpenAttempt,
  index: number,
  store: KeyholderStore,
): Promise<Uint8Array> {
  const of = planAttemptOf(open);
  const recorded = open.attempt.shares.find((share) => share.index === index);
  const sealed = await store.sealedShare(of);
  const finalHash = await store.finalHash(of);
  if (
    sealed !== undefined &&
    recorded?.shareHash === shareHashOf(sealed) &&
    recorded.finalHash === finalHash
  ) {
    return sealed;
  }
  const sentence = 'The store does not hold the share that the ledger records for this keyholder.';
  throw new VeilsumError('STATE_FOLDER_INVALID', sentence);
}
