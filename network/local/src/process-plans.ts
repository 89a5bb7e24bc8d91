import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chaincodePackage } from './chaincode-package.js';
import type { FabricPrograms } from './fabric-programs.js';
import type { NetworkFolder } from './network-folder.js';
import {
  ORDERER_ORGANISATION,
  orderersOf,
  peersOf,
  slotOf,
  type NetworkPlan,
  type OrdererPlan,
  type PeerPlan,
} from './network-plan.js';
import type { ProcessPlan } from './network-process.js';
import { ordererSettings, peerSettings } from './node-settings.js';
import { isHealthy } from './operations-endpoint.js';

/** The organisation whose administrator founds the consortium. */
export const FOUNDER = 'AssociationMSP';

/** @returns every process that the network as planned consists of, orderers first */
export function processPlans(
  plan: NetworkPlan,
  folder: NetworkFolder,
  programs: FabricPrograms,
): ProcessPlan[] {
  return [
    ...orderersOf(plan).map((orderer) => ordererProcess(orderer, folder, programs)),
    ...peersOf(plan).map((peer) => peerProcess(peer, folder, programs)),
    ...activeSequences(plan).flatMap((sequence) =>
      peersOf(plan).map((peer) => chaincodeProcess(peer, sequence, folder)),
    ),
  ];
}

/** @returns the definitions whose servers run: during an upgrade, the old one and the new one */
export function activeSequences({ chaincode }: NetworkPlan): number[] {
  const { committed, wanted } = chaincode;
  return committed === 0 || committed === wanted ? [wanted] : [committed, wanted];
}

function ordererProcess(
  orderer: OrdererPlan,
  folder: NetworkFolder,
  { paths, settings }: FabricPrograms,
): ProcessPlan {
  return {
    name: orderer.name,
    kind: 'orderer',
    mspId: ORDERER_ORGANISATION.mspId,
    program: paths.orderer,
    parameters: [],
    environment: { FABRIC_CFG_PATH: settings, ...ordererSettings(orderer, folder) },
    ports: Object.values(orderer.ports),
    isReady: () => isHealthy(orderer.ports.operations),
  };
}

function peerProcess(
  peer: PeerPlan,
  folder: NetworkFolder,
  { paths, settings }: FabricPrograms,
): ProcessPlan {
  const { listen, chaincodeListen, operations } = peer.ports;
  return {
    name: peer.name,
    kind: 'peer',
    mspId: peer.organisation.mspId,
    program: paths.peer,
    parameters: ['node', 'start'],
    environment: { FABRIC_CFG_PATH: settings, ...peerSettings(peer, folder) },
    ports: [listen, chaincodeListen, operations],
    isReady: async () => (await isHealthy(operations)) && (await isListening(listen)),
  };
}

/** The process that runs an organisation's own chaincode server of one definition. */
function chaincodeProcess(
  { organisation, ports }: PeerPlan,
  sequence: number,
  folder: NetworkFolder,
): ProcessPlan {
  const slot = slotOf(sequence);
  const name = `chaincode-${organisation.name}-${slot}`;
  const configFile = join(folder.processes, `${name}.json`);
  const config = {
    chaincodeId: chaincodePackage(sequence).id,
    address: `127.0.0.1:${ports[slot]}`,
    founderMspId: FOUNDER,
    stopWithParent: false,
  };
  const main = new URL('main.js', import.meta.resolve('@veilsum/chaincode-server'));
  return {
    name,
    kind: 'chaincode',
    mspId: organisation.mspId,
    program: process.execPath,
    parameters: [fileURLToPath(main), '--config', configFile],
    environment: {},
    prepare: () => {
      writeFileSync(configFile, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
    },
    ports: [ports[slot]],
    isReady: () => isListening(ports[slot]),
  };
}

/** @returns whether something takes connections at a local port */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const answer = (listening: boolean) => () => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
    socket.once('timeout', answer(false));
  });
}
