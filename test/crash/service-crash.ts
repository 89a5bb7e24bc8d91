import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { gatewayService, keyholderService, ledgerService, type Service } from '@veilsum/client';

import type { TestNetwork } from '../e2e/test-network.js';

const STARTS_MAX = 5;
const POLL_MS = 10;

/** When a process dies, and for how long it stays away. */
export interface CrashTimes {
  readonly afterMs: number;
  readonly awayMs: number;
}

/** Kills a service's process and starts it again. */
export async function crashService(
  network: TestNetwork,
  name: string,
  { afterMs, awayMs }: CrashTimes,
): Promise<void> {
  await delay(afterMs);
  await killService(network, name);
  await delay(awayMs);
  await restartService(network, name);
}

/** Starts a service as a supervisor would: until it runs. */
export async function restartService(network: TestNetwork, name: string): Promise<void> {
  const service = serviceOf(network, name);
  for (let starts = 1; ; starts += 1) {
    try {
      await network.startService(service);
      return;
    } catch (error) {
      if (starts === STARTS_MAX) throw error;
    }
  }
}

/** Kills a service's process and waits until it is gone. */
export async function killService({ state }: TestNetwork, name: string): Promise<void> {
  const pid = Number(await readFile(join(state.processes, `${name}.pid`), 'utf8'));
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await delay(POLL_MS);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function serviceOf(network: TestNetwork, name: string): Service {
  const { state, running } = network;
  if (name === 'ledger') return ledgerService(state, network.embedded);
  if (name === 'gateway') return gatewayService(state, running.network, running.network.gatewayId);
  return keyholderService(state, running.network, name);
}
