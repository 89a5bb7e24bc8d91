import { access, readFile } from 'node:fs/promises';
import { writePrivateFile, type FabricProfile, type MemberIdentity } from '@veilsum/ledger';
import { createGenesisBlock } from '@veilsum/ledger/embedded';
import { genesisSchema, VeilsumError, type Genesis } from '@veilsum/protocol';
import {
  isFabric,
  readNetwork,
  requireSameChannel,
  type EmbeddedNetwork,
  type FabricNetwork,
  type Network,
} from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import {
  generatePassphrase,
  openAuthority,
  openOrCreateAuthority,
  openOrCreateIdentity,
} from './enrolment.js';
import type { NetworkPlan } from './network-plan.js';

/** @returns the network of a state folder; undefined where none was founded */
export async function findNetwork(state: StateFolder): Promise<Network | undefined> {
  return (await exists(state.networkFile)) ? readNetwork(state) : undefined;
}

/**
 * Founds a network on the embedded ledger: authorities, the operator's keys and, from them, the
 * ledger's genesis. What is there already is kept, so an interrupted founding goes on.
 */
export async function foundEmbeddedNetwork(
  state: StateFolder,
  plan: NetworkPlan,
): Promise<EmbeddedNetwork> {
  const genesis = await foundGenesis(state, plan);
  const network: EmbeddedNetwork = {
    format: 'veilsum-network/1',
    channel: plan.channel,
    genesisHash: createGenesisBlock(genesis).block.hash,
    ledgerUrl: `http://127.0.0.1:${plan.ports.ledger}`,
    authorities: genesis.msps,
    ...servicesOf(plan),
  };
  await writeNetwork(state, network);
  return network;
}

/**
 * Founds a network on a Fabric channel, whose authorities are there already, or takes up again what its
 * profile says now: organisations and peers may have come since.
 * @param known - the network as it was founded
 * @throws {@link VeilsumError} LEDGER_INTEGRITY when the profile is that of another channel
 */
export async function foundFabricNetwork(
  state: StateFolder,
  plan: NetworkPlan,
  profile: FabricProfile,
  known: FabricNetwork | undefined,
): Promise<FabricNetwork> {
  if (known !== undefined) requireSameChannel(state, known, profile);
  else {
    await openOperatorKeys(state, plan, await openAuthority(state, plan.operator.mspId));
  }
  const services = known ?? { format: 'veilsum-fabric-network/1' as const, ...servicesOf(plan) };
  const network: FabricNetwork = { ...services, profile };
  await writeNetwork(state, network);
  return network;
}

/** Whether a state folder's network is on the ledger that is asked for. @throws {@link VeilsumError} INVALID_STATE */
export function requireSameLedger(network: Network, plan: NetworkPlan): void {
  if (isFabric(network) === (plan.fabric !== undefined)) return;
  const ledger = isFabric(network) ? 'on Fabric' : 'on the embedded ledger';
  throw new VeilsumError(
    'INVALID_STATE',
    `The network in this state folder is ${ledger}; choose another folder with --state for one that is not.`,
  );
}

function servicesOf(plan: NetworkPlan) {
  return {
    gatewayUrl: `http://127.0.0.1:${plan.ports.gateway}`,
    gatewayId: plan.gateway.memberId,
    operator: plan.operator.memberId as Network['operator'],
    keyholders: plan.keyholders.map(({ memberId }) => memberId as Network['operator']),
    testNetwork: plan.consortium.testNetwork,
  };
}

async function writeNetwork(state: StateFolder, network: Network): Promise<void> {
  const text = `${JSON.stringify(network, undefined, 2)}\n`;
  await writePrivateFile(state.networkFile, Buffer.from(text));
}

async function openOperatorKeys(
  state: StateFolder,
  { operator }: NetworkPlan,
  authority: Awaited<ReturnType<typeof openAuthority>>,
): Promise<MemberIdentity> {
  const passphrase = await generatePassphrase(state, operator.memberId);
  return openOrCreateIdentity(state, authority, operator.memberId, passphrase);
}

async function foundGenesis(state: StateFolder, plan: NetworkPlan): Promise<Genesis> {
  const file = state.genesisFile;
  if (await exists(file)) return genesisSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const msps: Genesis['msps'] = [];
  let founderFingerprint = '';
  for (const mspId of Object.keys(plan.consortium.mspRoles)) {
    const authority = await openOrCreateAuthority(state, mspId);
    msps.push({
      mspId: mspId as Genesis['msps'][number]['mspId'],
      rootCertificates: [Buffer.from(authority.certificate).toString('base64')],
    });
    if (mspId !== plan.operator.mspId) continue;
    founderFingerprint = (await openOperatorKeys(state, plan, authority)).fingerprint;
  }
  const genesis = genesisSchema.parse({
    format: 'veilsum-genesis/1',
    channel: plan.channel,
    createdAt: Date.now(),
    msps,
    founderFingerprint,
  });
  await writePrivateFile(file, Buffer.from(`${JSON.stringify(genesis, undefined, 2)}\n`));
  return genesis;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
