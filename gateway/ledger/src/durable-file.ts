import { open } from 'node:fs/promises';

/**
 * Writes a new file that only its owner reads, and waits until the disk has it. Its name is durable only
 * after {@link syncFolder}.
 * @throws NodeJS.ErrnoException when the file exists or cannot be written
 */
export async function writeAndSync(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    // Content and length are enough: nobody reads the file's times.
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Waits until the disk has the names in a folder. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
