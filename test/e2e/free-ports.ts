import { randomInt } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Below the ports that the system gives to outgoing connections. */
const FIRST_PORT = 17_000;
const PORTS_PER_NETWORK = 200;
const BLOCKS = 75;
/** Where a Fabric network begins to listen for its orderers, and for its peers and their chaincode. */
const SAMPLES = [0, 10, 20, 100, 103, 110, 140];

/**
 * First port of a range that a Fabric network takes. The range is this process's own: tests run side by
 * side, and a network that is being founded listens nowhere yet.
 */
export async function freePortBase(): Promise<number> {
  // It takes long to load, and networks on the embedded ledger do without.
  const { takenPorts } = await import('@veilsum/local-network');
  for (;;) {
    const base = FIRST_PORT + PORTS_PER_NETWORK * randomInt(BLOCKS);
    if (!(await claim(base))) continue;
    const taken = await takenPorts(SAMPLES.map((offset) => base + offset));
    if (taken.length === 0) return base;
  }
}

/** Two ports that are free now. */
export async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            resolve((server.address() as AddressInfo).port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}

/** A file names the process that has the range; one that has ended has it no longer. */
async function claim(base: number): Promise<boolean> {
  const file = join(tmpdir(), `veilsum-ports-${base}`);
  const holder = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (holder > 0 && isRunning(holder)) return false;
  await rm(file, { force: true });
  return writeFile(file, String(process.pid), { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
