import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hash } from '@veilsum/protocol';
import { Refusal } from './refusal.js';

/** What the ledger says of a container's bytes. */
export interface ContainerBytes {
  readonly contentHash: Hash;
  readonly byteLength: number;
}

/**
 * The keyholder's own copies of cohort containers, one file each, named by their hash. A file under
 * its final name was whole when it was put there; bytes pass through in pieces, never as a whole.
 */
export class ContainerFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder when missing and clears what an interrupted download left. */
  static async open(folder: string): Promise<ContainerFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (name.endsWith('.part')) await rm(join(folder, name), { force: true });
    }
    return new ContainerFolder(folder);
  }

  pathOf(contentHash: Hash): string {
    return join(this.#folder, `${contentHash}.arrow`);
  }

  /** Whether the file is there and its bytes still are the registered ones. */
  async holds({ contentHash }: ContainerBytes): Promise<boolean> {
    try {
      const hash = createHash('sha256');
      for await (const piece of createReadStream(this.pathOf(contentHash))) {
        hash.update(piece as Buffer);
      }
      return hash.digest('hex') === contentHash;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /**
   * Takes a container in, on disk before it is acknowledged.
   *
   * @throws {@link Refusal} CONTAINER_HASH when the bytes are not the registered ones
   */
  async take(expected: ContainerBytes, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.pathOf(expected.contentHash);
    const part = `${path}.${randomBytes(6).toString('hex')}.part`;
    try {
      const file = await open(part, 'wx', 0o600);
      try {
        await writeChecked(file, expected, pieces);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, path);
    } finally {
      await rm(part, { force: true });
    }
  }

  async remove(contentHash: Hash): Promise<void> {
    await rm(this.pathOf(contentHash), { force: true });
  }
}

async function writeChecked(
  file: FileHandle,
  { contentHash, byteLength }: ContainerBytes,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = createHash('sha256');
  let written = 0;
  for await (const piece of pieces) {
    written += piece.byteLength;
    // A gateway that sends without end must not fill the disk.
    if (written > byteLength) throw wrongBytes();
    hash.update(piece);
    await file.writeFile(piece);
  }
  if (hash.digest('hex') !== contentHash) throw wrongBytes();
}

function wrongBytes(): Refusal {
  const reason = 'The gateway served other bytes than the container that the ledger names.';
  return new Refusal('CONTAINER_HASH', reason);
}
