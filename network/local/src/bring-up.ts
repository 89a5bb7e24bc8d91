import { existsSync } from 'node:fs';
import { VeilsumError } from '@veilsum/protocol';
import {
  approvalsOf,
  approveChaincode,
  commitChaincode,
  committedDefinition,
  installChaincode,
} from './chaincode-lifecycle.js';
import { awaitLeader, joinChannel } from './channel-joining.js';
import { requireFabricPrograms } from './fabric-programs.js';
import { makeCertificates, makeGenesisBlock } from './founding-material.js';
import { requireFreePorts } from './free-ports.js';
import { NetworkFolder } from './network-folder.js';
import { withLock } from './network-lock.js';
import { newPlan, slotOf, type Consensus, type NetworkPlan } from './network-plan.js';
import { runningPid, startDetached, stopProcess, waitUntilReady } from './network-process.js';
import { writeProfile } from './network-profile.js';
import type { LocalNetwork } from './peer-command.js';
import { processPlans } from './process-plans.js';
import { StepLog } from './step-log.js';

/** What a new network is made with; an existing one keeps what it was made with. */
export interface NetworkOptions {
  /** First of the ports, all on 127.0.0.1; see docs/fabric.md for the table. */
  readonly portBase?: number | undefined;
  readonly consensus?: Consensus | undefined;
}

const DEFAULT_PORT_BASE = 17_000;

/**
 * Makes a network, or mends and completes the one in the folder: it starts what does not run and
 * redoes what is not done, so that it can be stopped anywhere and called again.
 * @throws VeilsumError FABRIC_PROGRAMS_MISSING, PORT_IN_USE, INVALID_ARGUMENT, FABRIC_STEP_FAILED
 */
export async function bringUp(
  root: string,
  options: NetworkOptions = {},
  log = new StepLog(),
): Promise<NetworkPlan> {
  const network = await openOrPlan(root, options);
  return withLock(network.folder, () => completeNetwork(network, log));
}

/**
 * Puts the chaincode server as it is built now in place of the one that runs, under the next
 * sequence of the definition; the ledger's state stays. Goes on where an interrupted upgrade stopped.
 * @throws VeilsumError as {@link bringUp}
 */
export async function upgrade(root: string, log = new StepLog()): Promise<NetworkPlan> {
  const network = await openNetwork(root);
  return withLock(network.folder, async () => {
    const { committed, wanted } = network.plan.chaincode;
    const next = wanted === committed ? wanted + 1 : wanted;
    const plan = { ...network.plan, chaincode: { committed, wanted: next } };
    await network.folder.writePlan(plan);
    return completeNetwork({ ...network, plan }, log);
  });
}

/** @throws VeilsumError NOT_FOUND when there is no network in the folder */
export async function openNetwork(root: string): Promise<LocalNetwork> {
  const folder = new NetworkFolder(root);
  return { folder, plan: await folder.readPlan(), programs: await requireFabricPrograms() };
}

async function openOrPlan(root: string, options: NetworkOptions): Promise<LocalNetwork> {
  const folder = new NetworkFolder(root);
  const programs = await requireFabricPrograms();
  const existing = await folder.findPlan();
  if (existing !== undefined) requireSame(existing, options);
  const { portBase = DEFAULT_PORT_BASE, consensus = 'raft' } = options;
  const plan = existing ?? newPlan({ portBase, consensus });
  return { folder, plan, programs };
}

function requireSame(plan: NetworkPlan, options: NetworkOptions): void {
  for (const [name, option] of [
    ['portBase', '--port-base'],
    ['consensus', '--consensus'],
  ] as const)
    if (options[name] !== undefined && options[name] !== plan[name])
      throw new VeilsumError(
        'INVALID_ARGUMENT',
        `The network in this folder was made with ${option} ${plan[name]}. Leave the option out, or make another network in another --folder.`,
      );
}

/**
 * Starts what does not run and redoes what is not done.
 * @returns the plan with the chaincode definition that runs now
 * @throws VeilsumError as {@link bringUp}
 */
export async function completeNetwork(network: LocalNetwork, log: StepLog): Promise<NetworkPlan> {
  const { folder, plan } = network;
  await requireFreePorts(await portsToCome(network));
  await folder.make();
  if (!existsSync(folder.plan)) await folder.writePlan(plan);
  await log.step(() => makeCertificates(network));
  await log.step(() => makeGenesisBlock(network));
  await log.step(() => startProcesses(network));
  await log.step(() => joinChannel(network));
  await log.step(() => awaitLeader(network));
  await completeChaincode(network, log);
  await log.step(async () => {
    const isNew = !existsSync(folder.profile);
    await writeProfile(network);
    return isNew ? `Profile for members written to ${folder.profile}` : undefined;
  });
  return folder.readPlan();
}

async function portsToCome({ plan, folder, programs }: LocalNetwork): Promise<number[]> {
  const processes = processPlans(plan, folder, programs);
  const pids = await Promise.all(processes.map(({ name }) => runningPid(folder, name)));
  return processes.filter((_, index) => pids[index] === undefined).flatMap(({ ports }) => ports);
}

/** Starts every process that does not run. */
async function startProcesses(network: LocalNetwork): Promise<string | undefined> {
  const { plan, folder, programs } = network;
  const started = await Promise.all(
    processPlans(plan, folder, programs).map(async (process) => {
      const runs = (await runningPid(folder, process.name)) !== undefined;
      if (!runs) await startDetached(folder, process);
      await waitUntilReady(folder, process);
      return runs ? undefined : process;
    }),
  );
  const fresh = started.filter((process) => process !== undefined);
  if (fresh.length === 0) return undefined;
  const counts = (['orderer', 'peer', 'chaincode'] as const).flatMap((kind) => {
    const names = fresh.filter((process) => process.kind === kind).map(({ name }) => name);
    return names.length === 0 ? [] : [names.join(', ')];
  });
  return `Started ${counts.join(', ')}`;
}

async function completeChaincode(network: LocalNetwork, log: StepLog): Promise<void> {
  const { plan, folder } = network;
  const { wanted } = plan.chaincode;
  await log.step(() => installChaincode(network));
  const running = await committedDefinition(network);
  const isCommitted = running.sequence === wanted;
  const approvals = isCommitted ? running.approvals : await approvalsOf(network);
  await log.step(() => approveChaincode(network, approvals));
  if (!isCommitted) await log.step(() => commitChaincode(network));
  if (plan.chaincode.committed === wanted) return;
  await log.step(() => endOldServers(network));
  await folder.writePlan({ ...plan, chaincode: { committed: wanted, wanted } });
}

/** After an upgrade nobody calls the servers of the definition before. */
async function endOldServers({ plan, folder }: LocalNetwork): Promise<string | undefined> {
  const { committed } = plan.chaincode;
  if (committed === 0) return undefined;
  const names = plan.organisations.map(({ name }) => `chaincode-${name}-${slotOf(committed)}`);
  await Promise.all(names.map((name) => stopProcess(folder, name)));
  return `Chaincode servers of definition ${committed} ended`;
}
