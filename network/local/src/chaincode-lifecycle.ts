import { createRequire } from 'node:module';
import { z } from 'zod';
import { chaincodePackage, labelOf } from './chaincode-package.js';
import { replaceFile } from './network-folder.js';
import { CHAINCODE, CHANNEL, peersOf, type PeerPlan } from './network-plan.js';
import { awaitHeight, chainHeight } from './chain-height.js';
import {
  asAdministrator,
  firstPeer,
  ordererOptions,
  peerOptions,
  type LocalNetwork,
} from './peer-command.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const installedSchema = z.object({
  installed_chaincodes: z.array(z.object({ package_id: z.string() })).default([]),
});
const committedSchema = z.object({
  sequence: z.int(),
  approvals: z.record(z.string(), z.boolean()).default({}),
});
const readinessSchema = z.object({ approvals: z.record(z.string(), z.boolean()) });

/** The definition that the channel runs, and which organisations have approved it. */
export interface CommittedDefinition {
  /** 0 before the first commit. */
  readonly sequence: number;
  /** By MSP id. */
  readonly approvals: Readonly<Record<string, boolean>>;
}

/** @returns the chaincode definition that the channel runs */
export async function committedDefinition(network: LocalNetwork): Promise<CommittedDefinition> {
  const text = await lifecycle(network, firstPeer(network), [
    'querycommitted',
    ...channel(),
    ...json(),
  ]).catch((error: unknown) => {
    // The peer answers an unknown name as an error.
    if (String(error).includes(`namespace ${CHAINCODE} is not defined`)) return '{"sequence":0}';
    throw error;
  });
  return committedSchema.parse(JSON.parse(text));
}

/** Installs the wanted chaincode package at every peer that lacks it. */
export async function installChaincode(network: LocalNetwork): Promise<string | undefined> {
  const { wanted } = network.plan.chaincode;
  const { bytes, id } = chaincodePackage(wanted);
  const file = network.folder.chaincodePackage(wanted);
  await replaceFile(file, bytes);
  const installed = await Promise.all(
    peersOf(network.plan).map((peer) => installAt(network, peer, { file, id })),
  );
  const names = peersOf(network.plan).filter((_, index) => installed[index]);
  if (names.length === 0) return undefined;
  return `Chaincode ${labelOf(wanted)} installed at ${names.map(({ name }) => name).join(', ')}`;
}

async function installAt(
  network: LocalNetwork,
  peer: PeerPlan,
  { file, id }: { file: string; id: string },
): Promise<boolean> {
  const text = await lifecycle(network, peer, ['queryinstalled', ...json()]);
  const { installed_chaincodes } = installedSchema.parse(JSON.parse(text));
  if (installed_chaincodes.some(({ package_id }) => package_id === id)) return false;
  await lifecycle(network, peer, ['install', file]);
  return true;
}

/**
 * Lets every organisation that has not done so approve the wanted chaincode definition.
 * @param approvals - who has approved, by MSP id
 */
export async function approveChaincode(
  network: LocalNetwork,
  approvals: Readonly<Record<string, boolean>>,
): Promise<string | undefined> {
  const peers = peersOf(network.plan);
  const missing = peers.filter(({ organisation }) => approvals[organisation.mspId] !== true);
  if (missing.length === 0) return undefined;
  // A peer that has just joined knows its own organisation only from the channel's later blocks.
  const height = await chainHeight(firstPeer(network));
  await Promise.all(
    missing.map(async (peer) => {
      await awaitHeight(peer, height);
      await approveBy(network, peer);
    }),
  );
  const names = missing.map(({ organisation }) => organisation.mspId).join(', ');
  return `Chaincode definition ${network.plan.chaincode.wanted} approved by ${names}`;
}

async function approveBy(network: LocalNetwork, peer: PeerPlan): Promise<void> {
  const { id } = chaincodePackage(network.plan.chaincode.wanted);
  await lifecycle(network, peer, [
    'approveformyorg',
    ...definition(network),
    ...['--package-id', id],
    ...ordererOptions(network),
    ...peerOptions(network, [peer]),
  ]);
}

/** Commits the wanted definition with every organisation's endorsement. */
export async function commitChaincode(network: LocalNetwork): Promise<string> {
  const peers = peersOf(network.plan);
  await lifecycle(network, firstPeer(network), [
    'commit',
    ...definition(network),
    ...ordererOptions(network),
    ...peerOptions(network, peers),
  ]);
  return `Chaincode definition ${network.plan.chaincode.wanted} committed`;
}

/** @returns which organisations have approved the wanted definition before its commit, by MSP id */
export async function approvalsOf(network: LocalNetwork): Promise<Record<string, boolean>> {
  const parameters = ['checkcommitreadiness', ...definition(network), ...json()];
  const text = await lifecycle(network, firstPeer(network), parameters);
  return readinessSchema.parse(JSON.parse(text)).approvals;
}

const channel = () => ['--channelID', CHANNEL, '--name', CHAINCODE];
const json = () => ['--output', 'json'];
/** The channel's own endorsement policy holds: a majority of the organisations, however many join. */
const definition = ({ plan }: LocalNetwork) => [
  ...channel(),
  ...['--version', version, '--sequence', String(plan.chaincode.wanted)],
];

const lifecycle = (network: LocalNetwork, peer: PeerPlan, parameters: readonly string[]) =>
  asAdministrator(network, peer, ['lifecycle', 'chaincode', ...parameters]);
