import type { FileHandle } from 'node:fs/promises';

import { invalidContainer } from './shape-error.js';

/**
 * Exactly `length` bytes from a position of a file.
 *
 * @throws {@link VeilsumError} CONTAINER_INVALID when the file ends before
 */
export async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw invalidContainer('The file ends too early.');
    done += bytesRead;
  }
  return bytes;
}
