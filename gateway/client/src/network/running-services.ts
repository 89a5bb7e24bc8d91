import { readdir } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import type { StateFolder } from '../session/state-folder.js';
import { runningPid, type RunningService } from './service-process.js';

/** @returns the services of a state folder that are running, in the order in which they are started */
export async function runningServices(
  state: StateFolder,
): Promise<Pick<RunningService, 'name' | 'pid'>[]> {
  const files = await readdir(state.processes).catch(() => []);
  const names = files.filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -4));
  const found = await Promise.all(
    startOrder(names).map(async (name) => ({ name, pid: await runningPid(state, name) })),
  );
  return found.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
}

/** @throws {@link VeilsumError} INVALID_STATE when a service of the folder is running */
export async function requireNothingRunning(state: StateFolder): Promise<void> {
  const running = await runningServices(state);
  if (running.length === 0) return;
  const names = running.map(({ name }) => name).join(', ');
  throw new VeilsumError(
    'INVALID_STATE',
    `Running already: ${names}. "veilsum status" shows them, "veilsum down" stops them.`,
  );
}

/** The ledger starts first and stops last. */
function startOrder(names: readonly string[]): string[] {
  const rank = (name: string) => ['ledger', 'gateway'].indexOf(name) + 1 || 3;
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
