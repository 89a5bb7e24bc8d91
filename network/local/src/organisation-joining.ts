import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import { completeNetwork, openNetwork } from './bring-up.js';
import { cryptoConfigOf, organisationConfig } from './channel-config.js';
import { channelConfiguration, updateChannel, type OrganisationGroups } from './channel-update.js';
import {
  domainOf,
  organisationNamed,
  peersOf,
  type NetworkPlan,
  type PeerPlan,
} from './network-plan.js';
import { withLock } from './network-lock.js';
import type { LocalNetwork } from './peer-command.js';
import { runProgram } from './program-run.js';
import type { StepLog } from './step-log.js';

/**
 * Lets an organisation join a running network: certificates, the channel's configuration (signed by
 * a majority of administrators), a peer, a chaincode server, its approval of the chaincode. What is
 * done already is left alone, so that a joining that stopped goes on.
 * @param name - e.g. `logistics`, whose MSP id is then LogisticsMSP
 * @throws {@link VeilsumError} INVALID_ARGUMENT, INVALID_STATE, PORT_IN_USE, FABRIC_STEP_FAILED
 */
export async function addOrganisation(root: string, name: string, log: StepLog): Promise<void> {
  const present = await openNetwork(root);
  await withLock(present.folder, async () => {
    const plan = planWith(present.plan, name);
    const network = { ...present, plan };
    const peer = peersOf(plan).find(({ organisation }) => organisation.name === name);
    if (peer === undefined) throw new VeilsumError('INTERNAL', `No peer is planned for ${name}.`);
    await log.step(() => makeCertificatesOf(network, peer));
    await log.step(() => admit(present, network, peer));
    await network.folder.writePlan(plan);
    await completeNetwork(network, log);
  });
}

function planWith(plan: NetworkPlan, name: string): NetworkPlan {
  if (plan.organisations.some((organisation) => organisation.name === name)) return plan;
  try {
    return { ...plan, organisations: [...plan.organisations, organisationNamed(name)] };
  } catch (cause) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      `${name} cannot name an organisation; it takes lower-case letters, digits and hyphens, a letter first.`,
      { cause },
    );
  }
}

async function makeCertificatesOf(
  { folder, programs }: LocalNetwork,
  { organisation }: PeerPlan,
): Promise<string | undefined> {
  const place = folder.organisation(organisation);
  if (existsSync(place)) return undefined;
  const draft = join(folder.channel, `material-${organisation.name}`);
  const config = `${draft}.yaml`;
  await rm(draft, { recursive: true, force: true });
  await writeFile(config, cryptoConfigOf(organisation));
  await runProgram(programs.paths.cryptogen, [
    'generate',
    `--config=${config}`,
    `--output=${draft}`,
  ]);
  await mkdir(dirname(place), { recursive: true });
  await rename(join(draft, 'peerOrganizations', domainOf(organisation)), place);
  await rm(draft, { recursive: true });
  return `Keys and certificates made for ${organisation.mspId}`;
}

/** Puts the organisation into the channel's configuration. */
async function admit(
  present: LocalNetwork,
  network: LocalNetwork,
  peer: PeerPlan,
): Promise<string | undefined> {
  const { mspId } = peer.organisation;
  const { channel_group } = await channelConfiguration(present);
  if (mspId in channel_group.groups.Application.groups) return undefined;
  const group = await organisationGroup(network, peer);
  const members = peersOf(present.plan);
  const signers = members.slice(0, Math.floor(members.length / 2) + 1);
  await updateChannel(present, signers, (organisations) => {
    organisations[mspId] = group;
  });
  const names = signers.map(({ organisation }) => organisation.mspId).join(', ');
  return `${mspId} admitted to the channel, signed by the administrators of ${names}`;
}

async function organisationGroup(
  { folder, programs }: LocalNetwork,
  peer: PeerPlan,
): Promise<OrganisationGroups[string]> {
  const { mspId, name } = peer.organisation;
  const config = join(folder.channel, `configtx-${name}`);
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'configtx.yaml'), organisationConfig(peer, folder));
  const { stdout } = await runProgram(programs.paths.configtxgen, [
    ...['-configPath', config, '-printOrg', mspId],
  ]);
  return JSON.parse(stdout) as OrganisationGroups[string];
}
