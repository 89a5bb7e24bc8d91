import { VeilsumError } from '@veilsum/protocol';

import type { FabricConnection } from '../ledger-connection.js';
import type { Ledger } from '../ledger.js';

/**
 * Connects a member to a Fabric channel through the peers of its own organisation. Close what it returns.
 * @throws {@link VeilsumError} INVALID_ARGUMENT when the profile names no peer of that organisation
 */
// eslint-disable-next-line @typescript-eslint/require-await -- connecting waits for a peer
export async function connectFabricLedger({ profile, signer }: FabricConnection): Promise<Ledger> {
  const own = profile.organisations.find(({ mspId }) => mspId === signer.mspId);
  const sentence = `The network profile names no peer of ${signer.mspId}.`;
  if (own === undefined || own.peers.length === 0) {
    throw new VeilsumError('INVALID_ARGUMENT', sentence);
  }
  throw new VeilsumError('LEDGER_UNAVAILABLE', 'This release does not speak to Fabric yet.');
}
