import { open, type FileHandle } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';

/** A file that exists, is a regular file with content, and may be read. */
export interface SourceFile {
  /** Absolute path. */
  readonly path: string;
  /** Base name, which is what messages show. */
  readonly name: string;
  readonly sizeBytes: number;
  /** What its first bytes show; `text` is everything without a known signature. */
  readonly signature: 'gzip' | 'parquet' | 'zip' | 'text';
  /** Whether it ends as a Parquet file must. */
  readonly hasParquetEnd: boolean;
}

const SIGNATURES: readonly (readonly [SourceFile['signature'], Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['parquet', Buffer.from('PAR1')],
  ['zip', Buffer.from('PK\x03\x04')],
];

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EACCES: 'There is no permission to read it.',
  EPERM: 'There is no permission to read it.',
  EISDIR: 'It is a directory, not a file.',
  ENOTDIR: 'A part of its path is not a directory.',
  ELOOP: 'Its path is a loop of links.',
  ENAMETOOLONG: 'Its name is too long.',
};

/**
 * Looks at a source file without reading its rows.
 * @throws {@link VeilsumError} SOURCE_UNREADABLE, with the reason, when it is missing, a directory,
 * empty, or may not be read
 */
export async function requireSourceFile(path: string): Promise<SourceFile> {
  const name = basename(path);
  let handle: FileHandle | undefined;
  try {
    handle = await open(resolve(path), 'r');
    return await inspect(handle, { path: resolve(path), name });
  } catch (error) {
    throw error instanceof VeilsumError ? error : unreadable(name, fileFailure(error));
  } finally {
    await handle?.close();
  }
}

/** A SOURCE_UNREADABLE error; the sentence names no value of the file. */
export function unreadable(name: string, sentence: string): VeilsumError {
  return new VeilsumError('SOURCE_UNREADABLE', `${name}: ${sentence}`);
}

function fileFailure(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? `It cannot be read (${code || 'unknown reason'}).`;
}

async function inspect(
  handle: FileHandle,
  named: Pick<SourceFile, 'path' | 'name'>,
): Promise<SourceFile> {
  const stat = await handle.stat();
  if (stat.isDirectory()) throw unreadable(named.name, 'It is a directory, not a file.');
  if (!stat.isFile()) throw unreadable(named.name, 'It is not a regular file.');
  if (stat.size === 0) throw unreadable(named.name, 'It is empty.');
  const start = await bytesAt(handle, 0);
  const end = await bytesAt(handle, Math.max(0, stat.size - 4));
  const found = SIGNATURES.find(([, bytes]) => start.subarray(0, bytes.length).equals(bytes));
  return {
    ...named,
    sizeBytes: stat.size,
    signature: found?.[0] ?? 'text',
    hasParquetEnd: end.equals(Buffer.from('PAR1')),
  };
}

async function bytesAt(handle: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, position);
  return buffer.subarray(0, bytesRead);
}
