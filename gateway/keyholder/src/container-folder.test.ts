import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash } from '@veilsum/protocol';
import { ContainerFolder } from './container-folder.js';

let root: string;
let folder: ContainerFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilsum-containers-'));
  folder = await ContainerFolder.open(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const content = randomBytes(5000);
const expected = {
  contentHash: createHash('sha256').update(content).digest('hex') as Hash,
  byteLength: content.length,
};

// eslint-disable-next-line @typescript-eslint/require-await -- a source that is there at once
async function* piecesOf(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('the registered bytes are kept whole', async () => {
  expect(await folder.holds(expected)).toBe(false);
  await folder.take(expected, piecesOf(content));
  expect(await folder.holds(expected)).toBe(true);
  expect(await readFile(folder.pathOf(expected.contentHash))).toEqual(content);
});

test.each([
  ['one byte less', content.subarray(0, -1)],
  ['one byte more', Buffer.concat([content, Buffer.from([1])])],
  [
    'another byte',
    Buffer.concat([content.subarray(0, -1), Buffer.from([0x5a ^ (content.at(-1) ?? 0)])]),
  ],
  ['nothing', content.subarray(0, 0)],
])('%s is refused and leaves no file', async (_, bytes) => {
  const refusal = { name: 'Refusal', code: 'CONTAINER_HASH' };
  await expect(folder.take(expected, piecesOf(bytes))).rejects.toMatchObject(refusal);
  expect(await readdir(root)).toEqual([]);
});

test('a gateway that sends without end is cut off', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += 1000;
      yield await Promise.resolve(new Uint8Array(1000));
    }
  }
  await expect(folder.take(expected, endless())).rejects.toMatchObject({ code: 'CONTAINER_HASH' });
  expect(sent).toBeLessThanOrEqual(expected.byteLength + 1000);
});

test('a broken connection is no refusal, and the next try works', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(content.subarray(0, 100));
    throw new Error('connection lost');
  }
  await expect(folder.take(expected, broken())).rejects.toThrow('connection lost');
  await folder.take(expected, piecesOf(content));
  expect(await readdir(root)).toHaveLength(1);
});

test('a kept file whose bytes changed on the disk does not count as held', async () => {
  await folder.take(expected, piecesOf(content));
  const altered = Buffer.from(content);
  altered[2500] = (altered[2500] ?? 0) ^ 1;
  await writeFile(folder.pathOf(expected.contentHash), altered);
  expect(await folder.holds(expected)).toBe(false);
});

test('what an interrupted download left is cleared at the next start', async () => {
  await writeFile(join(root, `${expected.contentHash}.arrow.abc.part`), content);
  await ContainerFolder.open(root);
  expect(await readdir(root)).toEqual([]);
});
