import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FileObjectStore } from './file-object-store.js';

let folder: string;
let store: FileObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-objects-'));
  store = await FileObjectStore.open(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const text = (value: string) => new TextEncoder().encode(value);
const staging = () => readdir(join(folder, 'staging'));

async function contentOf(name: string): Promise<string | undefined> {
  const stored = await store.open(name);
  if (stored === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of stored.stream as AsyncIterable<Buffer>) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  expect(content.length).toBe(stored.byteLength);
  return content.toString();
}

it('gives back what was written, also after it was opened again', async () => {
  await store.write('aggregates/a.json', text('one'));
  await store.write('blindings/q/1-2.json', text('two'));
  store = await FileObjectStore.open(folder);
  expect(await contentOf('aggregates/a.json')).toBe('one');
  expect(await contentOf('blindings/q/1-2.json')).toBe('two');
  expect(await store.read('aggregates/a.json')).toEqual(Buffer.from('one'));
  expect(await store.has('aggregates/a.json')).toBe(true);
  expect(await store.localPath('aggregates/a.json')).toBe(join(folder, 'aggregates/a.json'));
});

it('replaces an object and removes one, or all with a name before it', async () => {
  await store.write('aggregate-parts/q/0-1.json', text('one'));
  await store.write('aggregate-parts/q/0-1.json', text('two'));
  await store.write('aggregate-parts/q/1-2.json', text('three'));
  expect(await contentOf('aggregate-parts/q/0-1.json')).toBe('two');
  await store.remove('aggregate-parts/q');
  expect(await contentOf('aggregate-parts/q/1-2.json')).toBeUndefined();
  await expect(store.remove('aggregate-parts/q')).resolves.toBeUndefined();
});

it('knows what it does not have', async () => {
  expect(await store.read('shares/none.bin')).toBeUndefined();
  expect(await store.open('shares/none.bin')).toBeUndefined();
  expect(await store.has('shares/none.bin')).toBe(false);
  await expect(store.localPath('shares/none.bin')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('shows a staged object only once it is kept, and forgets a discarded one', async () => {
  const staged = await store.stage();
  await staged.write(text('a'));
  await staged.write(text('b'));
  expect(await store.has('containers/x.arrow')).toBe(false);
  await staged.keep('containers/x.arrow');
  await staged.discard();
  expect(await contentOf('containers/x.arrow')).toBe('ab');
  const other = await store.stage();
  await other.write(text('c'));
  await other.discard();
  expect(await staging()).toEqual([]);
});

it('forgets at its start what a crash left half received', async () => {
  await writeFile(join(folder, 'staging', 'half'), 'half');
  await FileObjectStore.open(folder);
  expect(await staging()).toEqual([]);
});

it.each(['../secret', 'containers/../../x', '/etc/passwd', 'containers//x', 'a/b/c/d', 'A/x', ''])(
  'refuses the name %j',
  async (name) => {
    await expect(store.read(name)).rejects.toThrow('Not a name');
    await expect(store.write(name, text('x'))).rejects.toThrow('Not a name');
    expect(await staging()).toEqual([]);
  },
);
