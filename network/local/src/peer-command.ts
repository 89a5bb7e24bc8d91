import { VeilsumError } from '@veilsum/protocol';
import type { FabricPrograms } from './fabric-programs.js';
import type { NetworkFolder } from './network-folder.js';
import { orderersOf, peersOf, type NetworkPlan, type PeerPlan } from './network-plan.js';
import { runProgram } from './program-run.js';

/** A network with its folder and Fabric's programs: what every step works on. */
export interface LocalNetwork {
  readonly plan: NetworkPlan;
  readonly folder: NetworkFolder;
  readonly programs: FabricPrograms;
}

/**
 * Runs Fabric's `peer` program as the administrator of a peer's organisation, towards that peer.
 * @returns what it printed on stdout
 * @throws VeilsumError FABRIC_STEP_FAILED
 */
export async function asAdministrator(
  { folder, programs }: LocalNetwork,
  peer: PeerPlan,
  parameters: readonly string[],
): Promise<string> {
  const { stdout } = await runProgram(programs.paths.peer, parameters, {
    environment: {
      FABRIC_CFG_PATH: programs.settings,
      FABRIC_LOGGING_SPEC: 'error',
      CORE_PEER_ADDRESS: addressOf(peer),
      CORE_PEER_LOCALMSPID: peer.organisation.mspId,
      CORE_PEER_MSPCONFIGPATH: folder.administrator(peer.organisation),
      CORE_PEER_TLS_ENABLED: 'true',
      CORE_PEER_TLS_ROOTCERT_FILE: folder.peerMaterial(peer).tlsRoot,
    },
  });
  return stdout;
}

/** @returns the peer that is asked what every peer knows */
export function firstPeer({ plan }: LocalNetwork): PeerPlan {
  const [peer] = peersOf(plan);
  if (peer === undefined) throw new VeilsumError('INTERNAL', 'The network has no peer.');
  return peer;
}

/** @returns the options that name an orderer */
export function ordererOptions({ plan, folder }: LocalNetwork): string[] {
  const [orderer] = orderersOf(plan);
  if (orderer === undefined) return [];
  const root = folder.ordererMaterial(orderer).tlsRoot;
  return ['--orderer', `127.0.0.1:${orderer.ports.listen}`, '--tls', '--cafile', root];
}

/** @returns the options that name peers whose endorsement is asked for */
export const peerOptions = ({ folder }: LocalNetwork, peers: readonly PeerPlan[]): string[] =>
  peers.flatMap((peer) => [
    '--peerAddresses',
    addressOf(peer),
    '--tlsRootCertFiles',
    folder.peerMaterial(peer).tlsRoot,
  ]);

/** @returns host and port of a peer */
export const addressOf = ({ ports }: PeerPlan): string => `127.0.0.1:${ports.listen}`;
