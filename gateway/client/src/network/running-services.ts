import { readdir } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import type { StateFolder } from '../session/state-folder.js';
import type { NetworkPlan } from './network-plan.js';
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

/**
 * @param attached - whether services are to end with this process, which those that run would not
 * @throws {@link VeilsumError} INVALID_STATE when every service of the folder is running, or, attached,
 * when one is
 */
export async function requireSomethingMissing(
  state: StateFolder,
  plan: NetworkPlan,
  attached: boolean,
): Promise<void> {
  const running = await runningServices(state);
  const isWhole = running.length >= plan.keyholders.length + (plan.fabric === undefined ? 2 : 1);
  if (running.length === 0 || !(attached || (isWhole && plan.fabric === undefined))) return;
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
