import { join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import {
  CHANNEL,
  orderersOf,
  peersOf,
  type NetworkPlan,
  type OrdererPlan,
  type PeerPlan,
} from './network-plan.js';
import { metricOf } from './operations-endpoint.js';
import { asAdministrator, type LocalNetwork } from './peer-command.js';
import { runProgram } from './program-run.js';
import { waitUntil } from './waiting.js';

const LEADER_TIMEOUT_MS = 60_000;

/** Lets every orderer and peer that has not done so join the channel. */
export async function joinChannel(network: LocalNetwork): Promise<string | undefined> {
  const orderers = await Promise.all(
    orderersOf(network.plan).map((orderer) => joinOrderer(network, orderer)),
  );
  const peers = await Promise.all(peersOf(network.plan).map((peer) => joinPeer(network, peer)));
  const names = [
    ...orderersOf(network.plan).filter((_, index) => orderers[index]),
    ...peersOf(network.plan).filter((_, index) => peers[index]),
  ].map(({ name }) => name);
  return names.length === 0 ? undefined : `Channel ${CHANNEL} joined by ${names.join(', ')}`;
}

async function joinOrderer(network: LocalNetwork, orderer: OrdererPlan): Promise<boolean> {
  const listed = await osnadmin(network, orderer, ['list']);
  if (listed.includes(`"name": "${CHANNEL}"`)) return false;
  const block = ['--channelID', CHANNEL, '--config-block', network.folder.genesisBlock];
  const answer = await osnadmin(network, orderer, ['join', ...block]);
  // osnadmin ends with 0 whatever the orderer answers.
  if (answer.includes('Status: 201')) return true;
  throw new VeilsumError(
    'FABRIC_STEP_FAILED',
    `${orderer.name} did not join the channel: ${answer.trim().slice(0, 300)}`,
  );
}

async function osnadmin(
  { folder, programs }: LocalNetwork,
  orderer: OrdererPlan,
  [action = '', ...parameters]: readonly string[],
): Promise<string> {
  const { tlsRoot } = folder.ordererMaterial(orderer);
  const administrator = join(folder.ordererOrganisation, 'users');
  const tls = join(administrator, `Admin@${orderer.host.split('.').slice(1).join('.')}`, 'tls');
  const { stdout } = await runProgram(programs.paths.osnadmin, [
    'channel',
    action,
    ...['--orderer-address', `127.0.0.1:${orderer.ports.admin}`],
    ...['--ca-file', tlsRoot],
    ...['--client-cert', join(tls, 'client.crt'), '--client-key', join(tls, 'client.key')],
    ...parameters,
  ]);
  return stdout;
}

async function joinPeer(network: LocalNetwork, peer: PeerPlan): Promise<boolean> {
  const listed = await asAdministrator(network, peer, ['channel', 'list']);
  if (listed.split('\n').includes(CHANNEL)) return false;
  const { genesisBlock } = network.folder;
  await asAdministrator(network, peer, ['channel', 'join', '--blockpath', genesisBlock]);
  return true;
}

/** Waits until the orderers have a leader: before that they refuse everything. */
export async function awaitLeader({ plan }: LocalNetwork): Promise<string | undefined> {
  const started = Date.now();
  const found = async () => (await findLeader(plan)) !== undefined;
  if (await waitUntil(found, { timeoutMs: LEADER_TIMEOUT_MS }))
    return Date.now() - started < 1000 ? undefined : 'Orderers chose a leader';
  throw new VeilsumError(
    'FABRIC_STEP_FAILED',
    `The orderers chose no leader in ${LEADER_TIMEOUT_MS / 1000} s; see \`npm run network:logs -- orderer-1\`.`,
  );
}

/** @returns the orderer that leads at the moment, by its own word */
export async function findLeader(plan: NetworkPlan): Promise<OrdererPlan | undefined> {
  const kind = plan.consensus === 'bft' ? 'BFT' : 'etcdraft';
  const orderers = orderersOf(plan);
  const leads = await Promise.all(
    orderers.map(({ ports }) => metricOf(ports.operations, `consensus_${kind}_is_leader`, CHANNEL)),
  );
  return orderers.find((_, index) => leads[index] === 1);
}
