import { createRequire } from 'node:module';
import { z } from 'zod';
import { chaincodePackage, labelOf } from './chaincode-package.js';
import { replaceFile } from './network-folder.js';
import { CHAINCODE, CHANNEL, peersOf, type PeerPlan } from './network-plan.js';
import { asAdministrator, ordererOptions, peerOptions, type LocalNetwork } from './peer-command.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const installedSchema = z.object({
  installed_chaincodes: z.array(z.object({ package_id: z.string() })).default([]),
});
const committedSchema = z.object({
  sequence: z.int(),
  approvals: z.record(z.string(), z.boolean()).default({}),
});
const readinessSchema = z.object({ approvals: z.record(z.string(), z.boolean()) });

/** @returns the sequence that the channel runs, 0 before the first commit */
export async function committedSequence(network: LocalNetwork): Promise<number> {
  const [peer] = peersOf(network.plan);
  if (peer === undefined) return 0;
  const text = await lifecycle(network, peer, ['querycommitted', ...channel(), ...json()]).catch(
    (error: unknown) => {
      // The peer answers an unknown name as an error.
      if (String(error).includes('namespace veilsum is not defined')) return '{"sequence":0}';
      throw error;
    },
  );
  return committedSchema.parse(JSON.parse(text)).sequence;
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
  const count = installed.filter(Boolean).length;
  return count === 0 ? undefined : `Chaincode ${labelOf(wanted)} installed at ${count} peers`;
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

/** Lets every organisation that has not done so approve the wanted chaincode definition. */
export async function approveChaincode(network: LocalNetwork): Promise<string | undefined> {
  const { wanted } = network.plan.chaincode;
  const peers = peersOf(network.plan);
  const approvals = await approvalsOf(network);
  const missing = peers.filter(({ organisation }) => approvals[organisation.mspId] !== true);
  await Promise.all(missing.map((peer) => approveBy(network, peer)));
  if (missing.length === 0) return undefined;
  return `Chaincode definition ${wanted} approved by ${missing.length} organisations`;
}

/** Lets one organisation approve the wanted definition with its own installed package. */
export async function approveBy(network: LocalNetwork, peer: PeerPlan): Promise<void> {
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
  const [first] = peers;
  if (first !== undefined)
    await lifecycle(network, first, [
      'commit',
      ...definition(network),
      ...ordererOptions(network),
      ...peerOptions(network, peers),
    ]);
  return `Chaincode definition ${network.plan.chaincode.wanted} committed`;
}

async function approvalsOf(network: LocalNetwork): Promise<Record<string, boolean>> {
  const [peer] = peersOf(network.plan);
  if (peer === undefined) return {};
  const parameters = ['checkcommitreadiness', ...definition(network), ...json()];
  const text = await lifecycle(network, peer, parameters);
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
