import type { FabricProfile } from '../fabric-profile.js';
import type { TransactionSigner } from '../signer.js';
import { followChannelBlocks } from './channel-blocks.js';
import { PeerSet } from './peer-set.js';
import { Patience } from './retry-pause.js';

/** How long peers that cannot be reached are waited for. */
const PATIENCE_MS = 60_000;

/**
 * All blocks that the peers of the caller's organisation have now, each as `common.Block`. Nothing about
 * them is checked: that is {@link ChannelVerification}'s.
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE, INVALID_ARGUMENT when the profile has no such peer
 */
export async function* readPeerBlocks({
  profile,
  signer,
}: {
  readonly profile: FabricProfile;
  readonly signer: TransactionSigner;
}): AsyncGenerator<Uint8Array> {
  const peers = new PeerSet(profile, signer);
  try {
    const height = await peers.call((peer) => peer.height(), new Patience(PATIENCE_MS));
    let received = 0;
    for await (const block of followChannelBlocks(peers, { fromBlock: 0 })) {
      yield block;
      received += 1;
      if (received === height) return;
    }
  } finally {
    peers.close();
  }
}
