import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface HealthFilesOptions {
  /** Made when missing. */
  readonly folder: string;
  readonly everyMs: number;
  /** Resolves when the ledger can be read, and rejects when it cannot. */
  readonly readLedger: () => Promise<unknown>;
}

/**
 * What a process that listens on no port shows to whoever watches it: a file `alive`, renewed as long
 * as the process works, and `following`, renewed as long as it can read the ledger. They hold nothing;
 * their age says all.
 */
export class HealthFiles {
  readonly #options: HealthFilesOptions;
  readonly #timer: NodeJS.Timeout;
  /** A question to the ledger that has no answer yet; it does not keep `alive` from being renewed. */
  #asking = false;

  private constructor(options: HealthFilesOptions) {
    this.#options = options;
    const renew = () => {
      void this.#touch('alive');
      void this.#renewFollowing();
    };
    renew();
    this.#timer = setInterval(renew, options.everyMs);
  }

  static async start(options: HealthFilesOptions): Promise<HealthFiles> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    return new HealthFiles(options);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renewFollowing(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    await this.#options.readLedger().then(
      () => this.#touch('following'),
      () => undefined,
    );
    this.#asking = false;
  }

  /** A full disk must not stop the work: the files grow old, which is what they are for. */
  async #touch(name: string): Promise<void> {
    await writeFile(join(this.#options.folder, name), '').catch(() => undefined);
  }
}
