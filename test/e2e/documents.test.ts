import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { errorCodes } from '@veilsum/protocol';

/** Pages that people read, by their path from the top of the repository. */
let pages: ReadonlyMap<string, string>;

beforeAll(async () => {
  const top = (await readdir('.')).filter((name) => name.endsWith('.md'));
  const below = await Promise.all(
    ['docs', 'examples'].map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((name) => join(folder, name)),
    ),
  );
  const names = [...top, ...below.flat()].filter((name) => name.endsWith('.md'));
  const texts = names.map(async (name) => [name, await readFile(name, 'utf8')] as const);
  pages = new Map(await Promise.all(texts));
});

interface Link {
  readonly page: string;
  readonly text: string;
  /** From the top of the repository. */
  readonly path: string;
  /** Behind the #; empty for the whole page. */
  readonly anchor: string;
}

function linksOf(page: string): Link[] {
  const found = (pages.get(page) ?? '').matchAll(/\[([^\]]*)\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g);
  return [...found].flatMap(([, text = '', target = '', anchor = '']) =>
    /^[a-z]+:/.test(target)
      ? []
      : [{ page, text, path: target === '' ? page : join(dirname(page), target), anchor }],
  );
}

/** As GitHub makes them: lower case, words with hyphens. */
const anchorsOf = (path: string) =>
  [...(pages.get(path) ?? '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const codeFolders = ['gateway', 'network', 'test'];

/** The variables that the code reads, found as `env['NAME']`. */
async function environmentVariables(): Promise<ReadonlySet<string>> {
  const names = await Promise.all(
    codeFolders.map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((name) => join(folder, name)),
    ),
  );
  const files = names
    .flat()
    .filter((name) => /\.m?[jt]s$/.test(name) && !/\/(dist|node_modules)\//.test(name));
  const texts = await Promise.all(files.map((name) => readFile(name, 'utf8')));
  const found = texts.flatMap((text) => [...text.matchAll(/\benv\['([A-Z_]+)'\]/g)]);
  return new Set(found.map(([, name = '']) => name));
}

describe('the pages that people read', () => {
  it('link to what exists', () => {
    const links = [...pages.keys()].flatMap(linksOf);
    expect(links.length).toBeGreaterThan(50);
    const broken = links.filter(
      ({ path, anchor }) =>
        !existsSync(path) || (anchor !== '' && !anchorsOf(path).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });

  it('name only error codes and environment variables that there are', async () => {
    const variables = await environmentVariables();
    const named = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = '']) => ({ page, code })),
    );
    expect(named.length).toBeGreaterThan(Object.keys(errorCodes).length);
    const isKnown = (code: string) => Object.hasOwn(errorCodes, code) || variables.has(code);
    expect(named.filter(({ code }) => !isKnown(code))).toEqual([]);
  });
});

describe('docs/threat-model.md', () => {
  /** A test's name in its file; … stands for what a table of the test puts there. */
  const holds = (source: string, name: string) =>
    source.split('\n').some((line) => {
      const parts = name.split('…');
      return parts.every((part) => line.includes(part)) && /['"`]/.test(line);
    });

  it('names a test that exists for every claim', async () => {
    const rows = (pages.get('docs/threat-model.md') ?? '')
      .split('## What a dishonest party gets')[1]
      ?.split('\n')
      .filter((line) => /^\| (?!tries)/.test(line));
    expect(rows?.filter((row) => !row.endsWith('.ts) |'))).toEqual([]);
    const tests = linksOf('docs/threat-model.md').filter(({ path }) => path.endsWith('.ts'));
    expect(tests.length).toBeGreaterThan(40);
    const missing: Link[] = [];
    for (const test of tests)
      if (!holds(await readFile(test.path, 'utf8'), test.text)) missing.push(test);
    expect(missing).toEqual([]);
  });
});
