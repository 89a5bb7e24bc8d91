import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  access,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { ObjectStore, StagedObject, StoredObject } from './object-store.js';

const NAME = /^[a-z-]+(\/[0-9a-z.-]+){0,2}$/;
const STAGING = 'staging';
/** Made at the start, so that keeping an object never has to make more than one folder durable. */
const KINDS = [
  'aggregate-parts',
  'aggregates',
  'blindings',
  'containers',
  'opening-answers',
  'shares',
];

/** Objects as files of one folder: written beside, synced, then renamed. */
export class FileObjectStore implements ObjectStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the folder, making it if needed; what a crash left half received is forgotten. */
  static async open(folder: string): Promise<FileObjectStore> {
    await rm(join(folder, STAGING), { recursive: true, force: true });
    for (const name of [STAGING, ...KINDS]) {
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
    }
    await syncFolder(folder);
    return new FileObjectStore(folder);
  }

  async has(name: string): Promise<boolean> {
    return access(this.#pathOf(name)).then(
      () => true,
      () => false,
    );
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return readFile(this.#pathOf(name)).catch(undefinedIfAbsent);
  }

  async open(name: string): Promise<StoredObject | undefined> {
    const file = await open(this.#pathOf(name), 'r').catch(undefinedIfAbsent);
    if (file === undefined) return undefined;
    const { size } = await file.stat();
    return { byteLength: size, stream: createReadStream('', { fd: file, autoClose: true }) };
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const staged = await this.stage();
    try {
      await staged.write(bytes);
      await staged.keep(name);
    } finally {
      await staged.discard();
    }
  }

  async stage(): Promise<StagedObject> {
    const path = join(this.#folder, STAGING, randomUUID());
    const file = await open(path, 'wx', 0o600);
    return new StagedFile(path, file, (name) => this.#pathOf(name));
  }

  async localPath(name: string): Promise<string> {
    const path = this.#pathOf(name);
    await access(path);
    return path;
  }

  async list(prefix: string): Promise<string[]> {
    const names = await readdir(this.#pathOf(prefix)).catch(undefinedIfAbsent);
    return (names ?? []).map((name) => `${prefix}/${name}`).sort();
  }

  async remove(name: string): Promise<void> {
    await rm(this.#pathOf(name), { recursive: true, force: true });
  }

  #pathOf(name: string): string {
    if (!NAME.test(name) || name.includes('..')) throw new Error('Not a name of an object.');
    return join(this.#folder, name);
  }
}

class StagedFile implements StagedObject {
  #open = true;

  constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly pathOf: (name: string) => string,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done);
      done += bytesWritten;
    }
  }

  async keep(name: string): Promise<void> {
    const target = this.pathOf(name);
    await this.file.sync();
    await this.#close();
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(this.path, target);
    await syncFolder(dirname(target));
    // A folder made just now has to survive too.
    await syncFolder(dirname(dirname(target)));
  }

  async discard(): Promise<void> {
    if (this.#open) await this.#close();
    await rm(this.path, { force: true });
  }

  async #close(): Promise<void> {
    this.#open = false;
    await this.file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

function undefinedIfAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
