import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VeilsumError } from '@veilsum/protocol';
import type { StateFolder } from '../session/state-folder.js';

/** One service of the network: its name, its program and the configuration that it reads. */
export interface Service {
  /** Unique in the network, e.g. `ledger` or `keyholder-1`. */
  readonly name: string;
  /** Package whose main program it is. */
  readonly program:
    '@veilsum/ledger/embedded' | '@veilsum/server' | '@veilsum/keyholder' | '@veilsum/watcher';
  readonly config: Readonly<Record<string, unknown>>;
}

export interface RunningService {
  readonly name: string;
  readonly pid: number;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Starts a service and waits until it says that it is ready. Its log goes to `logs/<name>.log`.
 * @param attached - whether it ends when this process does; else it goes on by itself
 * @throws {@link VeilsumError} INTERNAL with the end of its log when it ends or stays silent
 */
export async function startService(
  state: StateFolder,
  service: Service,
  attached: boolean,
): Promise<RunningService> {
  const child = await spawnService(state, service, attached);
  const { pid } = child;
  if (pid === undefined) throw new VeilsumError('INTERNAL', `${service.name} did not start.`);
  await writeFile(pidFile(state, service.name), `${pid}\n`, { mode: 0o600 });
  await waitUntilReady(state, service, child);
  if (!attached) {
    child.stdout?.destroy();
    child.unref();
  }
  return { name: service.name, pid, stop: () => stopProcess(state, service.name, pid) };
}

/** @returns the service of this name, if it runs */
export async function findService(
  state: StateFolder,
  name: string,
): Promise<RunningService | undefined> {
  const pid = await runningPid(state, name);
  return pid === undefined ? undefined : { name, pid, stop: () => stopProcess(state, name, pid) };
}

async function spawnService(
  state: StateFolder,
  { name, program, config }: Service,
  attached: boolean,
): Promise<ChildProcess> {
  await Promise.all([state.logs, state.processes].map((folder) => makeFolder(folder)));
  const configFile = join(state.processes, `${name}.json`);
  const whole = { ...config, stopWithParent: attached };
  await writeFile(configFile, `${JSON.stringify(whole, undefined, 2)}\n`, { mode: 0o600 });
  const main = new URL('main.js', import.meta.resolve(program));
  const log = openSync(logFile(state, name), 'a', 0o600);
  try {
    return spawn(process.execPath, [fileURLToPath(main), '--config', configFile], {
      detached: !attached,
      stdio: [attached ? 'pipe' : 'ignore', 'pipe', log],
    });
  } finally {
    closeSync(log);
  }
}

const makeFolder = (folder: string) => mkdir(folder, { recursive: true, mode: 0o700 });
const pidFile = (state: StateFolder, name: string) => join(state.processes, `${name}.pid`);
const logFile = (state: StateFolder, name: string) => join(state.logs, `${name}.log`);

function waitUntilReady(state: StateFolder, service: Service, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(
        new VeilsumError(
          'INTERNAL',
          `${service.name} ${what}; its log is ${logFile(state, service.name)}.`,
        ),
      );
    };
    const timer = setTimeout(() => {
      child.kill();
      fail(`was not ready after ${READY_TIMEOUT_MS / 1000} s`);
    }, READY_TIMEOUT_MS);
    child.once('exit', (status) => {
      fail(`ended with status ${status ?? 'none'}`);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const line = text.split('\n').find((candidate) => candidate.includes('"ready":true'));
      if (line === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve();
    });
  });
}

/** @returns the pid of a service that is running, by its pid file */
export async function runningPid(state: StateFolder, name: string): Promise<number | undefined> {
  const text = await readFile(pidFile(state, name), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && (await isOurs(pid, name)) ? pid : undefined;
}

/** A pid may have been given to another program since; only one that runs our configuration counts. */
async function isOurs(pid: number, name: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return commandLine === undefined || commandLine.includes(`${name}.json`);
}

/** Ends a service: politely first, then by force, and removes its pid file. */
export async function stopProcess(state: StateFolder, name: string, pid: number): Promise<void> {
  signalProcess(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while ((await isOurs(pid, name)) && Date.now() < deadline) await pause(50);
  if (await isOurs(pid, name)) signalProcess(pid, 'SIGKILL');
  await rm(pidFile(state, name), { force: true });
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
