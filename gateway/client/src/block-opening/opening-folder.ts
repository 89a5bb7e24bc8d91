import { join } from 'node:path';
import { atRestUnder, makePrivateFolder, readStateFile, writePrivateFile } from '@veilsum/ledger';
import type { MemberIdentity } from '@veilsum/ledger';
import type { OpeningTaskReference } from '@veilsum/protocol';

/** What keeping openings needs of a member's keys. */
export type OpeningKeeper = Pick<MemberIdentity, 'storageKey'>;

/** A member's side of openings: an auditor's randomness and checks, a contributor's sealed answers. */
export class OpeningFolder {
  /** @param path - the member's `openings` folder; made when needed */
  constructor(readonly path: string) {}

  /** The randomness is on disk, encrypted, before its hash is on the ledger. */
  async writeRandomness(
    { storageKey }: OpeningKeeper,
    openingId: string,
    randomness: Uint8Array,
  ): Promise<void> {
    const name = `${openingId}.randomness`;
    await this.#write(name, atRestUnder(storageKey, 'openings').close(name, randomness));
  }

  /**
   * @returns 32 bytes, secret until they are revealed
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when they are missing, altered or another member's
   */
  async readRandomness({ storageKey }: OpeningKeeper, openingId: string): Promise<Uint8Array> {
    const name = `${openingId}.randomness`;
    return atRestUnder(storageKey, 'openings').open(
      name,
      await readStateFile(join(this.path, name)),
    );
  }

  /** The sealed answer is kept, so that a retry sends the same bytes. */
  writeAnswer(reference: OpeningTaskReference, answerHash: string, sealed: Uint8Array) {
    return this.#write(answerName(reference, answerHash), sealed);
  }

  /** @throws {@link VeilsumError} STATE_FOLDER_INVALID when this machine has not made it */
  readAnswer(reference: OpeningTaskReference, answerHash: string): Promise<Uint8Array> {
    return readStateFile(join(this.path, answerName(reference, answerHash)));
  }

  /** What an auditor found, whose hash is the evidence on the ledger. @returns where it lies */
  async writeCheck(
    { openingId, contributionId }: OpeningTaskReference,
    report: Uint8Array,
  ): Promise<string> {
    const name = `${openingId}-${contributionId}.check.json`;
    await this.#write(name, report);
    return join(this.path, name);
  }

  /** Where a container is put while it is checked. */
  async containerPath({ openingId, contributionId }: OpeningTaskReference): Promise<string> {
    await makePrivateFolder(this.path);
    return join(this.path, `${openingId}-${contributionId}.arrow`);
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    await makePrivateFolder(this.path);
    await writePrivateFile(join(this.path, name), bytes);
  }
}

function answerName(
  { openingId, contributionId }: OpeningTaskReference,
  answerHash: string,
): string {
  return `${openingId}-${contributionId}-${answerHash.slice(0, 16)}.answer`;
}
