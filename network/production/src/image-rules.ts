import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from './finding.js';
import { imageFault } from './image-name.js';

/** What a Dockerfile starts from is pinned, what it copies is there, and it does not end as root. */
export async function checkImages(root: string): Promise<Finding[]> {
  const folder = join(root, 'images');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.Dockerfile'));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = join('images', name);
      const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
      const problems = [...startFaults(lines), ...(await copyFaults(root, lines))];
      if (!lines.some((line) => /^USER [1-9]/.test(line))) problems.push('It ends as root.');
      return problems.map((problem) => ({ file, problem }));
    }),
  );
  return found.flat();
}

function startFaults(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const image = /^FROM (\S+)/.exec(line)?.[1];
    const fault = image === undefined ? undefined : imageFault(image);
    return fault === undefined ? [] : [`It ${fault}`];
  });
}

async function copyFaults(root: string, lines: readonly string[]): Promise<string[]> {
  const copied = lines.flatMap((line) => {
    const words = /^COPY (?!--from)(.+)$/.exec(line)?.[1]?.split(' ') ?? [];
    return words.slice(0, -1);
  });
  const missing = await Promise.all(
    copied.map(async (path) => {
      const found = await stat(join(root, '../..', path)).catch(() => undefined);
      return found === undefined ? [`It copies ${path}, which is not there.`] : [];
    }),
  );
  return missing.flat();
}
