import { readFile } from 'node:fs/promises';
import { writePrivateFile } from '@veilsum/ledger';
import type { StateFolder } from '../session/state-folder.js';

/** Which query each step of the example asked, so that a second start shows it again instead of paying twice. */
export class DemoMemory {
  readonly #file: string;

  constructor(state: StateFolder) {
    this.#file = state.demoFile;
  }

  async queryOf(step: string): Promise<string | undefined> {
    return (await this.#read())[step];
  }

  async remember(step: string, queryId: string): Promise<void> {
    const known = { ...(await this.#read()), [step]: queryId };
    await writePrivateFile(this.#file, Buffer.from(JSON.stringify(known)));
  }

  async #read(): Promise<Record<string, string>> {
    const text = await readFile(this.#file, 'utf8').catch(() => '{}');
    return JSON.parse(text) as Record<string, string>;
  }
}
