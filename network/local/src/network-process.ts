import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import { requireFreePorts } from './free-ports.js';
import { waitUntil } from './waiting.js';
import type { NetworkFolder } from './network-folder.js';
import { processIdentity } from './process-identity.js';
import { plainEnvironment } from './program-run.js';

/** What a process of the network is. */
export type ProcessKind = 'orderer' | 'peer' | 'chaincode';

/** One process of the network and how it is started. */
export interface ProcessPlan {
  /** Unique in the network, e.g. `peer-association`. */
  readonly name: string;
  readonly kind: ProcessKind;
  readonly mspId: string;
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Writes what it reads at its start. */
  readonly prepare?: () => void;
  /** Ports that it listens at, on 127.0.0.1. */
  readonly ports: readonly number[];
  /** Resolves to true once it can be used. */
  readonly isReady: () => Promise<boolean>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

const pidFileSchema = z.strictObject({ pid: z.int().positive(), identity: z.string() });

/**
 * Starts a process that goes on when we end; what it prints goes to `logs/<name>.log`.
 * @returns its pid
 * @throws {@link VeilsumError} PORT_IN_USE, FABRIC_STEP_FAILED when the program cannot be run
 */
export async function startDetached(folder: NetworkFolder, plan: ProcessPlan): Promise<number> {
  const data = folder.data(plan.name);
  await mkdir(data, { recursive: true, mode: 0o700 });
  await requireFreePorts(plan.ports);
  plan.prepare?.();
  const log = openSync(folder.log(plan.name), 'a', 0o600);
  try {
    const child = spawn(plan.program, [...plan.parameters], {
      cwd: data,
      detached: true,
      env: { ...plainEnvironment(), ...plan.environment },
      stdio: ['ignore', log, log],
    });
    // Without a listener a program that cannot be run would end us; the missing pid says it too.
    child.once('error', () => undefined);
    const { pid } = child;
    if (pid === undefined)
      throw new VeilsumError('FABRIC_STEP_FAILED', `${plan.program} cannot be run.`);
    child.unref();
    const identity = (await processIdentity(pid)) ?? '';
    writeFileSync(pidFile(folder, plan.name), JSON.stringify({ pid, identity }), { mode: 0o600 });
    return pid;
  } finally {
    closeSync(log);
  }
}

/**
 * Waits until a started process can be used.
 * @throws {@link VeilsumError} FABRIC_STEP_FAILED with the end of its log when it ends or takes too long
 */
export async function waitUntilReady(folder: NetworkFolder, plan: ProcessPlan): Promise<void> {
  const ready = await waitUntil(
    async () => (await plan.isReady()) || !(await isRunning(folder, plan.name)),
    { timeoutMs: READY_TIMEOUT_MS },
  );
  if (ready && (await isRunning(folder, plan.name))) return;
  const what = ready ? 'ended at once' : `was not ready after ${READY_TIMEOUT_MS / 1000} s`;
  const end = await logEnd(folder, plan.name);
  throw new VeilsumError(
    'FABRIC_STEP_FAILED',
    `${plan.name} ${what}; its log is ${folder.log(plan.name)} and ends: ${end}`,
  );
}

/** @returns the names of the processes that were started and not ended by us since */
export async function startedProcesses(folder: NetworkFolder): Promise<string[]> {
  const files = await readdir(folder.processes).catch(() => []);
  return files.filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -4));
}

/** @returns the pid of a process of the network that is running */
export async function runningPid(folder: NetworkFolder, name: string): Promise<number | undefined> {
  const text = await readFile(pidFile(folder, name), 'utf8').catch(() => '{}');
  const file = pidFileSchema.safeParse(parseJson(text));
  if (!file.success) return undefined;
  const { pid, identity } = file.data;
  return (await processIdentity(pid)) === identity ? pid : undefined;
}

/**
 * Ends a process, politely first, then by force, and only if the pid is still that process.
 * @returns whether it was running
 */
export async function stopProcess(folder: NetworkFolder, name: string): Promise<boolean> {
  const pid = await runningPid(folder, name);
  if (pid !== undefined) {
    signal(pid, 'SIGTERM');
    const ended = async () => !(await isRunning(folder, name));
    if (!(await waitUntil(ended, { timeoutMs: STOP_TIMEOUT_MS, everyMs: 25 }))) {
      signal(pid, 'SIGKILL');
      await waitUntil(ended, { timeoutMs: STOP_TIMEOUT_MS, everyMs: 25 });
    }
  }
  await rm(pidFile(folder, name), { force: true });
  return pid !== undefined;
}

/**
 * Kills a process of the network at once, as a crash would; nothing is tidied up.
 * @throws {@link VeilsumError} PORT_IN_USE when its ports are not free in time
 */
export async function killProcess(folder: NetworkFolder, plan: ProcessPlan): Promise<void> {
  const { name, ports } = plan;
  const pid = await runningPid(folder, name);
  if (pid === undefined) return;
  signal(pid, 'SIGKILL');
  await waitUntil(async () => !(await isRunning(folder, name)), { timeoutMs: STOP_TIMEOUT_MS });
  await requireFreePorts(ports);
}

const isRunning = async (folder: NetworkFolder, name: string) =>
  (await runningPid(folder, name)) !== undefined;
const pidFile = (folder: NetworkFolder, name: string) => join(folder.processes, `${name}.pid`);

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function logEnd(folder: NetworkFolder, name: string): Promise<string> {
  const text = await readFile(folder.log(name), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-3).join(' ').slice(-600);
}
