import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { unreadable, type SourceFile } from './source-file.js';

/**
 * The bytes of a text source, uncompressed, in pieces.
 * @throws {@link VeilsumError} SOURCE_UNREADABLE when its compression is damaged or cut off
 */
export async function* readTextChunks(file: SourceFile, isGzip: boolean): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: 1 << 20 });
  const stream = isGzip ? raw.pipe(createGunzip({ chunkSize: 1 << 18 })) : raw;
  raw.on('error', (error) => stream.destroy(error));
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    const isZlib = ((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_');
    const reason = isZlib
      ? 'Its gzip data is damaged or cut off.'
      : 'It cannot be read to its end.';
    throw unreadable(file.name, reason);
  } finally {
    raw.destroy();
  }
}
