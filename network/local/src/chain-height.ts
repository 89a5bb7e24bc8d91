import { VeilsumError } from '@veilsum/protocol';
import { CHANNEL, type PeerPlan } from './network-plan.js';
import { metricOf } from './operations-endpoint.js';
import { waitUntil } from './waiting.js';

const TIMEOUT_MS = 30_000;

/** @returns how many blocks of the channel a peer has, 0 when it does not answer */
export const chainHeight = async ({ ports }: PeerPlan): Promise<number> =>
  (await metricOf(ports.operations, 'ledger_blockchain_height', CHANNEL)) ?? 0;

/**
 * Waits until a peer has so many blocks.
 * @throws {@link VeilsumError} FABRIC_STEP_FAILED when that takes too long
 */
export async function awaitHeight(peer: PeerPlan, height: number): Promise<void> {
  const isThere = async () => (await chainHeight(peer)) >= height;
  if (await waitUntil(isThere, { timeoutMs: TIMEOUT_MS })) return;
  throw new VeilsumError(
    'FABRIC_STEP_FAILED',
    `${peer.name} has ${await chainHeight(peer)} of ${height} blocks after ${TIMEOUT_MS / 1000} s.`,
  );
}
