import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  askLedger,
  openMemberIdentity,
  tellLedger,
  writePrivateFile,
  type CertificateAuthority,
  type MemberIdentity,
} from '@veilsum/ledger';
import { createGenesisBlock } from '@veilsum/ledger/embedded';
import {
  committeeKeySchema,
  consortiumSchema,
  memberSchema,
  VeilsumError,
} from '@veilsum/protocol';
import { z } from 'zod';
import { readNetwork, type Network } from '../session/network-file.js';
import { connectSession, type Session } from '../session/session.js';
import type { StateFolder } from '../session/state-folder.js';
import { runDealer } from './committee-process.js';
import {
  generatePassphrase,
  openAuthority,
  openOrCreateIdentity,
  registrationOf,
} from './enrolment.js';
import { foundGenesis } from './founding.js';
import type { NetworkPlan, PlannedMember } from './network-plan.js';
import { gatewayService, keyholderService, ledgerService } from './network-services.js';
import { requireFreePort } from './port.js';
import { requireNothingRunning } from './running-services.js';
import { startService, type RunningService } from './service-process.js';

/** A network whose services run, with the operator's session. */
export interface RunningNetwork {
  readonly network: Network;
  readonly operator: Session;
  readonly services: readonly RunningService[];
}

export interface BringUpOptions {
  /** Whether the services end with this process. */
  readonly attached: boolean;
  /** Shows one line of what is being done. */
  readonly say: (line: string) => void;
}

/**
 * Starts a network from its state folder, founding it first where that has not been done: every step
 * looks at what is there already, so a start that was interrupted goes on where it stopped.
 * @throws {@link VeilsumError} INVALID_STATE when it runs already, PORT_IN_USE, STATE_FOLDER_INVALID, or
 * what a service says
 */
export async function bringUp(
  state: StateFolder,
  plan: NetworkPlan,
  options: BringUpOptions,
): Promise<RunningNetwork> {
  await mkdir(state.root, { recursive: true, mode: 0o700 });
  await requireNothingRunning(state);
  const services: RunningService[] = [];
  const start = async (service: Parameters<typeof startService>[1]) => {
    const running = await startService(state, service, options.attached);
    services.push(running);
    return running;
  };
  try {
    const network = await foundOrReadNetwork(state, plan, options.say);
    await requireFreePort(network.ledgerUrl, '--ledger-port');
    await requireFreePort(network.gatewayUrl, '--gateway-port');
    await start(ledgerService(state, network));
    const operator = await openOperator(state, plan, network);
    await foundConsortium(operator, plan, options.say);
    await start(gatewayService(state, network, plan.gateway.memberId));
    await ensureCommittee(state, plan, operator, options.say);
    for (const { memberId } of plan.keyholders)
      await start(keyholderService(state, network, memberId));
    return { network, operator, services };
  } catch (error) {
    await Promise.all(services.map((service) => service.stop()));
    throw error;
  }
}

async function foundOrReadNetwork(
  state: StateFolder,
  plan: NetworkPlan,
  say: (line: string) => void,
): Promise<Network> {
  if (await exists(state.networkFile)) return readNetwork(state);
  say('Founding the network: authorities, operator, ledger.');
  const genesis = await foundGenesis(state, plan);
  const network: Network = {
    format: 'veilsum-network/1',
    channel: plan.channel,
    genesisHash: createGenesisBlock(genesis).block.hash,
    ledgerUrl: `http://127.0.0.1:${plan.ports.ledger}`,
    gatewayUrl: `http://127.0.0.1:${plan.ports.gateway}`,
    gatewayId: plan.gateway.memberId,
    authorities: genesis.msps,
    operator: plan.operator.memberId as Network['operator'],
    keyholders: plan.keyholders.map(({ memberId }) => memberId as Network['operator']),
    testNetwork: plan.consortium.testNetwork,
  };
  const text = `${JSON.stringify(network, undefined, 2)}\n`;
  await writePrivateFile(state.networkFile, Buffer.from(text));
  return network;
}

async function openOperator(
  state: StateFolder,
  plan: NetworkPlan,
  network: Network,
): Promise<Session> {
  const { memberId } = plan.operator;
  const passphrase = await generatePassphrase(state, memberId);
  return connectSession(
    state,
    network,
    await openMemberIdentity(state.member(memberId), passphrase),
  );
}

async function foundConsortium(
  operator: Session,
  plan: NetworkPlan,
  say: (line: string) => void,
): Promise<void> {
  const { ledger, identity, state } = operator;
  const initialised = await askLedger(ledger, 'consortium:read', {}, consortiumSchema)
    .then(() => true)
    .catch((error: unknown) => {
      if (error instanceof VeilsumError && isUnfounded(error)) return false;
      throw error;
    });
  if (!initialised) {
    await tellLedger(ledger, 'consortium:initialize', {
      consortium: plan.consortium,
      operator: registrationOf(plan.operator, identity),
    });
    say(`${plan.consortium.name}: founded by ${plan.operator.memberId}.`);
  }
  await enrolMissing(operator, [plan.gateway, ...plan.keyholders]);
  say(
    `Members enrolled; generated passphrases lie in ${join(state.root, 'passphrases')}, readable by you only.`,
  );
}

const isUnfounded = ({ code }: VeilsumError) =>
  ['NOT_INITIALISED', 'FORBIDDEN', 'UNAUTHENTICATED'].includes(code);

/**
 * Makes the keys of those members that the ledger does not know yet, and registers them.
 * Key stores are opened one after another: each takes 128 MiB while it is open.
 * @returns the identities that were opened for it, by member id
 */
export async function enrolMissing(
  operator: Session,
  members: readonly PlannedMember[],
): Promise<Map<string, MemberIdentity>> {
  const { ledger, state } = operator;
  const known = await askLedger(ledger, 'member:list', {}, z.array(memberSchema));
  const registered = new Set<string>(known.map(({ memberId }) => memberId));
  const identities = new Map<string, MemberIdentity>();
  const authorities = new Map<string, CertificateAuthority>();
  for (const member of members.filter(({ memberId }) => !registered.has(memberId))) {
    const authority = authorities.get(member.mspId) ?? (await openAuthority(state, member.mspId));
    authorities.set(member.mspId, authority);
    const passphrase = await generatePassphrase(state, member.memberId);
    const identity = await openOrCreateIdentity(state, authority, member.memberId, passphrase);
    identities.set(member.memberId, identity);
    await tellLedger(ledger, 'member:register', registrationOf(member, identity));
  }
  return identities;
}

async function ensureCommittee(
  state: StateFolder,
  plan: NetworkPlan,
  { ledger }: Session,
  say: (line: string) => void,
): Promise<void> {
  const keys = await askLedger(ledger, 'committee:list', {}, z.array(committeeKeySchema));
  if (keys.some(({ status }) => status === 'active')) return;
  say(
    `Ceremony: a key of ${plan.modulusBits} bits for ${plan.keyholders.length} keyholders, any ${plan.threshold} of whom open. ` +
      'Finding two safe primes takes 2 to 30 seconds.',
  );
  await runDealer(state, plan, say);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
