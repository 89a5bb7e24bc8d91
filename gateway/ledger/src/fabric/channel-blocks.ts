import { VeilsumError } from '@veilsum/protocol';

import type { FollowOptions, LedgerBlock } from '../ledger.js';
import type { FabricPeerConnection } from './fabric-peer.js';
import { readLedgerBlock } from './ledger-block.js';
import type { PeerSet } from './peer-set.js';
import { followStream } from './reconnecting-stream.js';

/**
 * Blocks of the channel as peers keep them, `common.Block` in protobuf, past and coming, until aborted.
 * Over reconnects and peers each comes once and in order. Nothing in them is checked.
 * @throws {@link VeilsumError} what no other connection would mend, like LEDGER_INTEGRITY
 */
export async function* followChannelBlocks(
  peers: PeerSet,
  { fromBlock, signal }: FollowOptions,
): AsyncGenerator<Uint8Array> {
  let next = fromBlock;
  const open = ({ network }: FabricPeerConnection) =>
    network.getBlockEvents({ startBlock: BigInt(next) });
  for await (const block of followStream(peers, open, signal)) {
    if (block.getHeader()?.getNumber() !== next) {
      throw new VeilsumError('LEDGER_INTEGRITY', `A peer sent another block than ${next}.`);
    }
    peers.sawBlock(next);
    next += 1;
    yield block.serializeBinary();
  }
}

/**
 * The same blocks in the form that both ledgers share, each linked to the one before.
 * @throws {@link VeilsumError} LEDGER_INTEGRITY when a block does not follow from the one before it
 */
export async function* followLedgerBlocks(
  peers: PeerSet,
  { chaincode, genesisHash }: { readonly chaincode: string; readonly genesisHash: string },
  options: FollowOptions,
): AsyncGenerator<LedgerBlock> {
  let lastHash: string | undefined;
  for await (const bytes of followChannelBlocks(peers, options)) {
    const block = readLedgerBlock(bytes, chaincode);
    requireLink(block, lastHash, genesisHash);
    lastHash = block.hash;
    yield block;
  }
}

function requireLink(block: LedgerBlock, lastHash: string | undefined, genesisHash: string): void {
  const { number, hash, previousHash } = block;
  const isLinked =
    number === 0 ? hash === genesisHash : lastHash === undefined || previousHash === lastHash;
  if (isLinked) return;
  const sentence = `Block ${number} of the channel does not follow from what was seen before.`;
  throw new VeilsumError('LEDGER_INTEGRITY', sentence);
}
