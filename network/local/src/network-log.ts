import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { VeilsumError } from '@veilsum/protocol';
import { NetworkFolder } from './network-folder.js';
import { pause } from './waiting.js';

const EVERY_MS = 300;

interface LogOptions {
  readonly folder: string;
  readonly lines: number;
  readonly follow?: true;
}

/**
 * Prints the end of one process's log, or of all.
 * @throws {@link VeilsumError} NOT_FOUND when there is no such log
 */
export async function followLog(name: string | undefined, options: LogOptions): Promise<void> {
  const folder = new NetworkFolder(options.folder);
  await folder.readPlan();
  const logs = existsSync(folder.logs) ? (await readdir(folder.logs)).sort() : [];
  const all = logs.filter((file) => file.endsWith('.log')).map((file) => file.slice(0, -4));
  const names = all.filter((candidate) => name === undefined || candidate === name);
  if (names.length === 0)
    throw new VeilsumError(
      'NOT_FOUND',
      `There is no log of ${name ?? 'any process'}; there are: ${all.join(', ')}.`,
    );
  const ends = await Promise.all(
    names.map((each) => printEnd(folder.log(each), each, options.lines)),
  );
  while (options.follow === true) {
    await pause(EVERY_MS);
    for (const [index, each] of names.entries())
      ends[index] = await printFrom(folder.log(each), ends[index] ?? 0);
  }
}

async function printEnd(file: string, name: string, lines: number): Promise<number> {
  const text = await readFile(file, 'utf8');
  const end = text.trimEnd().split('\n').slice(-lines).join('\n');
  process.stdout.write(`==> ${name}: ${file}\n${end}\n`);
  return Buffer.byteLength(text);
}

async function printFrom(file: string, start: number): Promise<number> {
  const { size } = await stat(file);
  if (size <= start) return size;
  for await (const chunk of createReadStream(file, { start, end: size - 1 }))
    process.stdout.write(chunk as Buffer);
  return size;
}
