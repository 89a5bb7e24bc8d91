import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, waitForHeight, writePrivateFile, type Ledger } from '@veilsum/ledger';
import { z } from 'zod';
import type { StateFolder } from './state-folder.js';

const seenSchema = z.strictObject({ genesisHash: z.string(), height: z.int().nonnegative() });

/** Takes a number of blocks that a member has seen. */
export type RememberHeight = (height: number) => Promise<void>;

/**
 * How much of a ledger the members of one machine have seen. Each commits at a peer of its own
 * organisation, and what one has done, such as letting another in, the other's peer may not have yet.
 */
export class SeenHeights {
  readonly #folder: string;
  readonly #genesisHash: string;

  constructor(state: StateFolder, genesisHash: string) {
    this.#folder = state.seenHeights;
    this.#genesisHash = genesisHash;
  }

  /** @returns the number of blocks that any of them has seen; 0 when none has */
  async read(): Promise<number> {
    const files = await readdir(this.#folder).catch(() => []);
    const heights = await Promise.all(
      files.filter((file) => file.endsWith('.json')).map((file) => this.#readFile(file)),
    );
    return Math.max(0, ...heights);
  }

  /** A file for each member, so that they do not overwrite each other's. */
  of(memberId: string): RememberHeight {
    let last = 0;
    return async (height) => {
      if (height <= last) return;
      last = height;
      await makePrivateFolder(this.#folder);
      const text = JSON.stringify({ genesisHash: this.#genesisHash, height });
      await writePrivateFile(join(this.#folder, `${memberId}.json`), Buffer.from(text));
    };
  }

  async #readFile(file: string): Promise<number> {
    const text = await readFile(join(this.#folder, file), 'utf8').catch(() => '{}');
    const seen = seenSchema.safeParse(parseJson(text));
    return seen.success && seen.data.genesisHash === this.#genesisHash ? seen.data.height : 0;
  }
}

/** A peer that was started again has to fetch what it missed. */
const CATCH_UP_MS = 30_000;

/**
 * One member's ledger, which answers nothing from before what members of this machine have committed,
 * and notes what it commits itself.
 */
export function shareHeights(ledger: Ledger, heights: SeenHeights, memberId: string): Ledger {
  const remember = heights.of(memberId);
  let own = 0;
  const catchUp = async () => {
    const seen = await heights.read();
    if (seen <= own) return;
    await waitForHeight(ledger, seen, CATCH_UP_MS);
    own = seen;
  };
  return {
    async submit(request) {
      await catchUp();
      const commit = await ledger.submit(request);
      // Whatever a disk says, the transaction is committed; without the note others may have to wait.
      await remember(commit.blockNumber + 1).catch(() => undefined);
      return commit;
    },
    async evaluate(request) {
      await catchUp();
      return ledger.evaluate(request);
    },
    events: (options) => ledger.events(options),
    blocks: (options) => ledger.blocks(options),
    height: () => ledger.height(),
    close: () => ledger.close(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
