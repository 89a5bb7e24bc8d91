import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Genesis } from '@veilsum/protocol';

const MAIN = fileURLToPath(
  new URL('../../../gateway/ledger/dist/embedded/main.js', import.meta.url),
);

/** What the process prints when it is ready. */
export interface LedgerReady {
  readonly ready: true;
  readonly url: string;
  readonly genesisHash: string;
  readonly height: number;
}

/** The built ledger as a process of its own, which ends with the test at the latest. */
export class LedgerProcess {
  readonly ready: LedgerReady;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: LedgerReady) {
    this.#child = child;
    this.ready = ready;
  }

  static async start(folder: string, genesis: Genesis, port: number): Promise<LedgerProcess> {
    const config = join(folder, 'ledger.json');
    const genesisFile = join(folder, 'genesis.json');
    await writeFile(genesisFile, JSON.stringify(genesis));
    await writeFile(
      config,
      JSON.stringify({ folder: join(folder, 'ledger'), genesisFile, port, stopWithParent: true }),
    );
    const child = spawn(process.execPath, [MAIN, '--config', config], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new LedgerProcess(child, await readyLine(child));
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** @returns the exit status */
  async stop(): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const [status] = (await exited) as [number | null];
    return status;
  }

  /** Closes its standard input, as the end of its parent would. @returns the exit status */
  async abandon(): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const [status] = (await exited) as [number | null];
    return status;
  }
}

async function readyLine(child: ChildProcess): Promise<LedgerReady> {
  if (child.stdout === null) throw new Error('The process has no output.');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([status]) => {
      throw new Error(`The ledger ended with status ${String(status)} before it was ready.`);
    }),
  ])) as [string];
  return JSON.parse(line) as LedgerReady;
}
