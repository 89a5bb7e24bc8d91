import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';

const LOCK_FILE = 'watcher.pid';

/** Keeps two watchers from writing one folder. A lock whose process is gone counts for nothing. */
export class FolderLock {
  private constructor(private readonly path: string) {}

  /** @throws {@link VeilsumError} STATE_FOLDER_INVALID when a process that runs has it */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, LOCK_FILE);
    for (;;) {
      const isTaken = await writeFile(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 }).then(
        () => false,
        () => true,
      );
      if (!isTaken) return new FolderLock(path);
      const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
      if (await isWatcher(holder)) {
        const sentence = `Process ${holder} works in ${folder} already; end it, or use another folder.`;
        throw new VeilsumError('STATE_FOLDER_INVALID', sentence);
      }
      await rm(path, { force: true });
    }
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** A pid may have been given to another program since. */
async function isWatcher(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'node');
  return commandLine.includes('node');
}
