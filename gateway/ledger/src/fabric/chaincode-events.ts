import { checkpointers, type ChaincodeEvent } from '@hyperledger/fabric-gateway';

import { decodeResponse } from '../contract-argument.js';
import type { FollowOptions, LedgerEvent } from '../ledger.js';
import type { FabricPeerConnection } from './fabric-peer.js';
import type { PeerSet } from './peer-set.js';
import { followStream } from './reconnecting-stream.js';

/**
 * Events of the contracts' valid transactions, past and coming, until aborted. Each connection begins
 * behind the last event that was delivered, so that none is missed and none comes twice.
 * @throws {@link VeilsumError} what no other connection would mend, like LEDGER_INTEGRITY
 */
export async function* followChaincodeEvents(
  peers: PeerSet,
  chaincode: string,
  { fromBlock, signal }: FollowOptions,
): AsyncGenerator<LedgerEvent> {
  const checkpoint = checkpointers.inMemory();
  const options = { startBlock: BigInt(fromBlock), checkpoint };
  // Opening succeeds with the peer down; its first event fails then.
  const open = ({ network }: FabricPeerConnection) =>
    network.getChaincodeEvents(chaincode, options);
  for await (const event of followStream(peers, open, signal)) {
    await checkpoint.checkpointChaincodeEvent(event);
    peers.sawBlock(Number(event.blockNumber));
    yield ledgerEventOf(event);
  }
}

function ledgerEventOf(event: ChaincodeEvent): LedgerEvent {
  return {
    blockNumber: Number(event.blockNumber),
    transactionId: event.transactionId,
    name: event.eventName,
    payload: decodeResponse(Buffer.from(event.payload).toString()),
  };
}
