import { fileURLToPath } from 'node:url';

import { VeilsumError } from '@veilsum/protocol';
import { Piscina } from 'piscina';

import type { ComputePool, MultiplicationTask, VerificationTask } from './compute-pool.js';
import type { WorkerAnswer } from './worker.js';

/** Idle threads end after this, so that a quiet gateway holds little memory. */
const IDLE_MS = 30_000;

/** Worker threads of this process. */
export class ThreadPool implements ComputePool {
  readonly width: number;
  readonly #pool: Piscina;

  constructor(width: number) {
    this.width = width;
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
      // One stays, so that a query after a quiet time does not wait for a thread to load its code.
      minThreads: 1,
      maxThreads: width,
      idleTimeout: IDLE_MS,
    });
  }

  async verifyContainer(task: VerificationTask): Promise<void> {
    await this.#run('verifyContainer', task);
  }

  async multiply(task: MultiplicationTask): Promise<string[]> {
    return (await this.#run('multiply', task)) as string[];
  }

  /** Ends the threads; what they were doing is done again after the next start. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #run(name: string, task: unknown): Promise<unknown> {
    const answer = (await this.#pool.run(task, { name })) as WorkerAnswer<unknown>;
    if (answer.kind === 'done') return answer.value;
    throw new VeilsumError(answer.code, answer.sentence);
  }
}
