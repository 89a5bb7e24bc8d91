import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { env, execPath } from 'node:process';
import type { Readable } from 'node:stream';

/** The built program, as it is installed. */
const PROGRAM = 'gateway/client/dist/main.js';

/** How a command ended; a killed one has no status and no answer. */
export interface ClientOutcome {
  readonly status: number | null;
  readonly answer: unknown;
  readonly notes: string;
}

/** `veilsum --json …` as a process that may be killed. */
export class ClientProcess {
  readonly #child: ChildProcess;
  readonly outcome: Promise<ClientOutcome>;

  constructor(stateRoot: string, words: readonly string[]) {
    const settings = Object.entries(env).filter(([name]) => !name.startsWith('VEILSUM_'));
    this.#child = spawn(execPath, [PROGRAM, '--state', stateRoot, '--json', ...words], {
      env: Object.fromEntries(settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.outcome = outcomeOf(this.#child);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends the process as a power cut would, unless it has ended. */
  async kill(): Promise<ClientOutcome> {
    this.#child.kill('SIGKILL');
    return this.outcome;
  }
}

async function outcomeOf(child: ChildProcess): Promise<ClientOutcome> {
  const [stdout, stderr] = [child.stdout, child.stderr].map(textOf);
  const [status] = (await once(child, 'close')) as [number | null];
  const notes = stderr?.() ?? '';
  const text = stdout?.() ?? '';
  if (status === null) return { status, answer: undefined, notes };
  if (text === '')
    throw new Error(`The client ended with status ${status} and no answer. ${notes}`);
  return { status, answer: JSON.parse(text), notes };
}

/** @returns what tells the text so far */
function textOf(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
