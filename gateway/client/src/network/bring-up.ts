import { mkdir } from 'node:fs/promises';
import { openMemberIdentity } from '@veilsum/ledger';
import { isFabric, type FabricNetwork, type Network } from '../session/network-file.js';
import { connectSession, type Session } from '../session/session.js';
import type { StateFolder } from '../session/state-folder.js';
import { ensureCommittee, foundConsortium } from './consortium-founding.js';
import { generatePassphrase } from './enrolment.js';
import {
  findNetwork,
  foundEmbeddedNetwork,
  foundFabricNetwork,
  requireSameLedger,
} from './founding.js';
import {
  localFabricProcesses,
  requireFabric,
  startLocalFabric,
  stopLocalFabric,
} from './local-fabric.js';
import type { NetworkPlan } from './network-plan.js';
import { gatewayService, keyholderService, ledgerService } from './network-services.js';
import { requireFreePort } from './port.js';
import { requireSomethingMissing } from './running-services.js';
import { findService, startService, type RunningService, type Service } from './service-process.js';

/** A network whose services run, with the operator's session. */
export interface RunningNetwork {
  readonly network: Network;
  readonly operator: Session;
  /** Our own services; the processes of a Fabric network are not among them. */
  readonly services: readonly RunningService[];
  /** Ends the session, the services and the Fabric network of the state folder. */
  stop(): Promise<void>;
}

export interface BringUpOptions {
  /** Whether the services end with this process; a Fabric network goes on until it is stopped. */
  readonly attached: boolean;
  /** Shows one line of what is being done. */
  readonly say: (line: string) => void;
}

/**
 * Starts a network from its state folder, founding it first where that has not been done: every step
 * looks at what is there already, so a start that was interrupted goes on where it stopped, and
 * services that have ended are started again beside those that run.
 * @throws {@link VeilsumError} INVALID_STATE when everything runs already or the network is on the other
 * ledger, FABRIC_PROGRAMS_MISSING, PORT_IN_USE, STATE_FOLDER_INVALID, or what a service says
 */
export async function bringUp(
  state: StateFolder,
  plan: NetworkPlan,
  options: BringUpOptions,
): Promise<RunningNetwork> {
  const known = await findNetwork(state);
  if (known !== undefined) requireSameLedger(known, plan);
  if (plan.fabric !== undefined) await requireFabric();
  await mkdir(state.root, { recursive: true, mode: 0o700 });
  await requireSomethingMissing(state, plan, options.attached);
  const start = new Start(state, plan, options);
  try {
    return await start.run(known);
  } catch (error) {
    await start.undo();
    throw error;
  }
}

/** One start of a network: what it has started, so that a failure leaves nothing running by half. */
class Start {
  readonly #started: RunningService[] = [];
  readonly #services: RunningService[] = [];
  #fabricWasDown = false;
  #operator: Session | undefined;

  constructor(
    private readonly state: StateFolder,
    private readonly plan: NetworkPlan,
    private readonly options: BringUpOptions,
  ) {}

  async run(known: Network | undefined): Promise<RunningNetwork> {
    const { state, plan } = this;
    const { say } = this.options;
    const network = await this.#openLedger(known);
    this.#operator = await openOperator(state, plan, network);
    await foundConsortium(this.#operator, plan, say);
    await this.#start(gatewayService(state, network, plan.gateway.memberId), {
      url: network.gatewayUrl,
      option: '--gateway-port',
    });
    await ensureCommittee(state, plan, this.#operator, say);
    for (const { memberId } of plan.keyholders)
      await this.#start(keyholderService(state, network, memberId));
    const services = this.#services;
    const stop = () => this.#stop(services, plan.fabric !== undefined);
    return { network, operator: this.#operator, services, stop };
  }

  /** Stops what this start has started, and nothing that ran before. */
  async undo(): Promise<void> {
    await this.#stop(this.#started, this.#fabricWasDown);
  }

  /** Starts the ledger and founds the network on it, where that has not been done. */
  async #openLedger(known: Network | undefined): Promise<Network> {
    const { state, plan } = this;
    const { say } = this.options;
    if (plan.fabric !== undefined) {
      this.#fabricWasDown = (await localFabricProcesses(state)).length === 0;
      say('The Fabric network: orderers, peers and chaincode of every organisation.');
      const profile = await startLocalFabric(state, plan.fabric, say);
      return foundFabricNetwork(state, plan, profile, fabricOnly(known));
    }
    if (known === undefined) say('Founding the network: authorities, operator, ledger.');
    const network =
      known === undefined || isFabric(known) ? await foundEmbeddedNetwork(state, plan) : known;
    await this.#start(ledgerService(state, network), {
      url: network.ledgerUrl,
      option: '--ledger-port',
    });
    return network;
  }

  async #start(service: Service, port?: { url: string; option: string }): Promise<void> {
    const running = await findService(this.state, service.name);
    if (running !== undefined) {
      this.#services.push(running);
      return;
    }
    if (port !== undefined) await requireFreePort(port.url, port.option);
    const started = await startService(this.state, service, this.options.attached);
    this.#started.push(started);
    this.#services.push(started);
  }

  async #stop(services: readonly RunningService[], stopFabric: boolean): Promise<void> {
    await this.#operator?.close();
    for (const service of services.toReversed()) await service.stop();
    if (stopFabric) await stopLocalFabric(this.state);
  }
}

const fabricOnly = (network: Network | undefined): FabricNetwork | undefined =>
  network !== undefined && isFabric(network) ? network : undefined;

async function openOperator(
  state: StateFolder,
  plan: NetworkPlan,
  network: Network,
): Promise<Session> {
  const { memberId } = plan.operator;
  const passphrase = await generatePassphrase(state, memberId);
  const identity = await openMemberIdentity(state.member(memberId), passphrase);
  return connectSession(state, network, identity);
}
