import type { Commitment, CommitmentId, Contribution } from '@veilsum/protocol';
import { metBy, reopenedBy } from '@veilsum/rules';
import { commitmentPlaces, commitments } from './oversight-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

type ProgressCall = Pick<TransactionCall, 'state' | 'now'>;

/** @returns the commitment, or undefined when the id is not taken */
export async function findCommitment(
  state: WorldState,
  commitmentId: CommitmentId,
): Promise<Commitment | undefined> {
  const place = await state.get(commitmentPlaces, commitmentId);
  if (place === undefined) return undefined;
  const { productId, epoch, contributorId } = place;
  return state.require(commitments, productId, epoch, contributorId);
}

/** @throws {@link VeilsumError} NOT_FOUND */
export async function requireCommitment(
  state: WorldState,
  commitmentId: CommitmentId,
): Promise<Commitment> {
  const { productId, epoch, contributorId } = await state.require(commitmentPlaces, commitmentId);
  return state.require(commitments, productId, epoch, contributorId);
}

/** A commitment is met by the first contribution that is stored for it. */
export async function meetCommitment(
  { state, now }: ProgressCall,
  stored: Contribution,
): Promise<Commitment | undefined> {
  const commitment = await state.get(commitments, ...placeOfCommitment(stored));
  const met = commitment === undefined ? undefined : metBy(commitment, stored, now);
  if (met !== undefined) await state.put(commitments, placeOfCommitment(met), met);
  return met;
}

/** Before it is due, taking the contribution out or replacing it opens the commitment again. */
export async function reopenCommitment(
  { state, now }: ProgressCall,
  gone: Contribution,
): Promise<void> {
  const commitment = await state.get(commitments, ...placeOfCommitment(gone));
  const reopened = commitment === undefined ? undefined : reopenedBy(commitment, gone, now);
  if (reopened !== undefined) await state.put(commitments, placeOfCommitment(reopened), reopened);
}

/** The key parts of the commitment of a member to a product id and epoch. */
export function placeOfCommitment({
  productId,
  epoch,
  contributorId,
}: Pick<Contribution, 'productId' | 'epoch' | 'contributorId'>): [string, string, string] {
  return [productId, epoch, contributorId];
}
