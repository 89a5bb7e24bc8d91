import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import type { NetworkFolder } from './network-folder.js';
import { processIdentity } from './process-identity.js';

/**
 * Keeps two commands from changing one network at the same time.
 * @throws {@link VeilsumError} INVALID_STATE while another command does so
 */
export async function withLock<T>(folder: NetworkFolder, run: () => Promise<T>): Promise<T> {
  await folder.make();
  const file = join(folder.root, 'command.lock');
  await takeLock(file);
  try {
    return await run();
  } finally {
    await rm(file, { force: true });
  }
}

async function takeLock(file: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${process.pid} ${(await processIdentity(process.pid)) ?? ''}`);
  try {
    // A link appears with its content or not at all.
    if (await linkIfAbsent(draft, file)) return;
    await removeIfStale(file);
    if (await linkIfAbsent(draft, file)) return;
  } finally {
    await rm(draft, { force: true });
  }
  throw new VeilsumError(
    'INVALID_STATE',
    'Another command works on this network at the moment; wait until it has ended.',
  );
}

function linkIfAbsent(draft: string, file: string): Promise<boolean> {
  return link(draft, file).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    },
  );
}

/** A command that was killed leaves its lock behind. */
async function removeIfStale(file: string): Promise<void> {
  const owner = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(owner, 10);
  if (owner !== `${pid} ${(await processIdentity(pid)) ?? ''}`) await rm(file, { force: true });
}
