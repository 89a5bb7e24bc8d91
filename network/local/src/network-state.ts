import { rm } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import { findLeader } from './channel-joining.js';
import { openNetwork } from './bring-up.js';
import { peersOf } from './network-plan.js';
import { NetworkFolder } from './network-folder.js';
import {
  killProcess,
  runningPid,
  startedProcesses,
  startDetached,
  stopProcess,
  waitUntilReady,
  type ProcessKind,
  type ProcessPlan,
} from './network-process.js';
import { withLock } from './network-lock.js';
import { chainHeight } from './chain-height.js';
import { processPlans } from './process-plans.js';
import type { StepLog } from './step-log.js';

/** A process of a network and whether it runs. */
export interface ProcessState {
  readonly name: string;
  readonly kind: ProcessKind;
  /** MSP id of the organisation that it belongs to. */
  readonly organisation: string;
  /** Undefined when it does not run. */
  readonly pid: number | undefined;
}

/**
 * @param root - the network's folder
 * @returns its processes, orderers first
 * @throws {@link VeilsumError} NOT_FOUND when there is no network
 */
export async function listProcesses(root: string): Promise<ProcessState[]> {
  const { folder, plan, programs } = await openNetwork(root);
  return Promise.all(
    processPlans(plan, folder, programs).map(async ({ name, kind, mspId }) => ({
      name,
      kind,
      organisation: mspId,
      pid: await runningPid(folder, name),
    })),
  );
}

/**
 * Starts one process, if it does not run, and waits until it can be used.
 * @throws {@link VeilsumError} NOT_FOUND, FABRIC_STEP_FAILED
 */
export async function startProcess(root: string, name: string): Promise<void> {
  const { folder, process } = await findProcess(root, name);
  if ((await runningPid(folder, name)) === undefined) await startDetached(folder, process);
  await waitUntilReady(folder, process);
}

/**
 * Kills one process as a crash would (SIGKILL) and waits until it is gone and its ports are free.
 * @throws {@link VeilsumError} NOT_FOUND when the network has no such process, PORT_IN_USE
 */
export async function crashProcess(root: string, name: string): Promise<void> {
  const { folder, process } = await findProcess(root, name);
  await killProcess(folder, process);
}

async function findProcess(
  root: string,
  name: string,
): Promise<{ folder: NetworkFolder; process: ProcessPlan }> {
  const { folder, plan, programs } = await openNetwork(root);
  const processes = processPlans(plan, folder, programs);
  const process = processes.find((candidate) => candidate.name === name);
  if (process !== undefined) return { folder, process };
  const known = processes.map((candidate) => candidate.name).join(', ');
  throw new VeilsumError('NOT_FOUND', `The network has no process ${name}; it has ${known}.`);
}

/** @returns the name of the orderer that leads, undefined while there is none */
export async function leadingOrderer(root: string): Promise<string | undefined> {
  const plan = await new NetworkFolder(root).readPlan();
  return (await findLeader(plan))?.name;
}

/** @returns how many blocks each running peer has, by the peer's name */
export async function chainHeights(root: string): Promise<Record<string, number>> {
  const peers = peersOf(await new NetworkFolder(root).readPlan());
  const heights = await Promise.all(
    peers.map(async (peer) => [peer.name, await chainHeight(peer)] as const),
  );
  return Object.fromEntries(heights.filter(([, height]) => height > 0));
}

/**
 * Ends the network's processes and no other.
 * @throws {@link VeilsumError} NOT_FOUND when there is no network
 */
export async function takeDown(root: string, log: StepLog): Promise<void> {
  const folder = new NetworkFolder(root);
  await folder.readPlan();
  await withLock(folder, () =>
    log.step(async () => {
      const names = await startedProcesses(folder);
      const ended = await Promise.all(names.map((name) => stopProcess(folder, name)));
      const count = ended.filter(Boolean).length;
      return count === 0 ? undefined : `${count} processes ended`;
    }),
  );
}

/**
 * Ends the network and deletes its folder with every key and block in it.
 * @throws {@link VeilsumError} NOT_FOUND when there is no network
 */
export async function deleteNetwork(root: string, log: StepLog): Promise<void> {
  const folder = new NetworkFolder(root);
  await takeDown(root, log);
  await log.step(async () => {
    await rm(folder.root, { recursive: true });
    return `${folder.root} deleted`;
  });
}
