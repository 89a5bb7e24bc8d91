import { createServer } from 'node:net';
import { VeilsumError } from '@veilsum/protocol';
import { waitUntil } from './waiting.js';

/** A process that has ended for others can hold its ports a little longer, until its last thread is gone. */
const RELEASE_MS = 5000;

/** @returns those of the ports of 127.0.0.1 that something else holds */
export async function takenPorts(ports: readonly number[]): Promise<number[]> {
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_, index) => !free[index]);
}

/**
 * Waits until nothing holds the ports, so that a process can follow one that has just ended.
 * @param patienceMs - how long
 * @throws {@link VeilsumError} PORT_IN_USE that names every taken port
 */
export async function requireFreePorts(
  ports: readonly number[],
  patienceMs = RELEASE_MS,
): Promise<void> {
  let taken: number[] = [];
  const areFree = async () => {
    taken = await takenPorts(ports);
    return taken.length === 0;
  };
  if (await waitUntil(areFree, { timeoutMs: patienceMs, everyMs: 50 })) return;
  throw new VeilsumError(
    'PORT_IN_USE',
    `${taken.length === 1 ? 'Port' : 'Ports'} ${taken.join(', ')} of 127.0.0.1 ${taken.length === 1 ? 'is' : 'are'} taken. End what holds them, or make the network at other ports with --port-base (after network:reset, if it exists already).`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
