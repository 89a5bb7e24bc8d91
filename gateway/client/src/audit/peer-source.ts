import type { FabricProfile } from '@veilsum/ledger';
import type { Session } from '../session/session.js';
import type { FabricSource } from './audit-source.js';

/** The channel as a peer of a member's own organisation has it. Fabric's programs load when it is read. */
export function peerSource(
  { identity: { signer } }: Pick<Session, 'identity'>,
  profile: FabricProfile,
): FabricSource {
  const { genesisHash, chaincode, founderMspId } = profile;
  return {
    kind: 'fabric',
    genesisHash,
    chaincode,
    founderMspId,
    blocks: async function* () {
      const { readPeerBlocks } = await import('@veilsum/ledger/fabric');
      yield* readPeerBlocks({ profile, signer });
    },
  };
}
