import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash, KeyId } from '@veilsum/protocol';
import { atRestUnder } from '@veilsum/ledger';
import { ClassicLevel } from 'classic-level';
import { KeyholderStore, type PlanAttempt } from './keyholder-store.js';

const storageKey = new Uint8Array(randomBytes(32));
const hashOf = (digit: string) => digit.repeat(64) as Hash;
const first: PlanAttempt = { planHash: hashOf('a'), attempt: 1 };
const second: PlanAttempt = { planHash: hashOf('a'), attempt: 2 };
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-keyholder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const openStore = () => KeyholderStore.open(folder, atRestUnder(storageKey, 'keyholder-store'));

test('everything is still there after the store was closed and opened', async () => {
  const store = await openStore();
  await store.keepBlinding(first, bytes('blinding'));
  await store.keepFinalHash(first, hashOf('f'));
  await store.keepSealedShare(first, bytes('sealed'));
  await store.keepKeyShare(hashOf('k') as string as KeyId, bytes('locked'));
  await store.close();
  const again = await openStore();
  expect(await again.blinding(first)).toEqual(bytes('blinding'));
  expect(await again.finalHash(first)).toBe(hashOf('f'));
  expect(await again.sealedShare(first)).toEqual(bytes('sealed'));
  expect(await again.keyShare(hashOf('k') as string as KeyId)).toEqual(bytes('locked'));
  expect(await again.blinding(second)).toBeUndefined();
  await again.close();
});

test('who comes second gets the first value, also when both come at once and after a restart', async () => {
  const store = await openStore();
  const hashes = [hashOf('1'), hashOf('2'), hashOf('3')];
  const kept = await Promise.all(hashes.map((hash) => store.keepFinalHash(first, hash)));
  expect(kept).toEqual([hashes[0], hashes[0], hashes[0]]);
  expect(await store.keepFinalHash(second, hashOf('2'))).toBe(hashOf('2'));
  await store.keepBlinding(first, bytes('one'));
  await store.close();
  const again = await openStore();
  expect(await again.keepFinalHash(first, hashOf('4'))).toBe(hashes[0]);
  expect(await again.keepBlinding(first, bytes('two'))).toEqual(bytes('one'));
  await again.close();
});

test('blindings and sealed shares do not lie on the disk in the open', async () => {
  const store = await openStore();
  const marker = randomBytes(64);
  await store.keepBlinding(first, new Uint8Array(marker));
  await store.keepSealedShare(first, new Uint8Array(marker));
  await store.close();
  const level = join(folder, 'level');
  for (const name of await readdir(level)) {
    expect((await readFile(join(level, name))).includes(marker)).toBe(false);
  }
});

test('a final hash that somebody changed on the disk is noticed', async () => {
  const store = await openStore();
  await store.keepFinalHash(first, hashOf('f'));
  await store.close();
  const level = new ClassicLevel<string, Uint8Array>(join(folder, 'level'), {
    valueEncoding: 'view',
  });
  const name = `final~${first.planHash}~1`;
  const stored = await level.get(name);
  await level.put(
    name,
    Uint8Array.from(stored ?? [], (byte, at) => (at === 40 ? byte ^ 1 : byte)),
  );
  await level.close();
  const again = await openStore();
  await expect(again.finalHash(first)).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
  await expect(again.keepFinalHash(first, hashOf('e'))).rejects.toMatchObject({
    code: 'STATE_FOLDER_INVALID',
  });
  await again.close();
});

test('a second process cannot have the same store', async () => {
  const store = await openStore();
  await expect(openStore()).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
  await store.close();
});

test('what was acknowledged survives a kill of the process', async () => {
  const script = `
    import { ClassicLevel } from 'classic-level';
    const level = new ClassicLevel(process.argv[1], { valueEncoding: 'view' });
    await level.open();
    await level.put('key-share~${hashOf('9')}', Buffer.from('locked'), { sync: true });
    process.stdout.write('written');
    setInterval(() => undefined, 1000);
  `;
  const level = join(folder, 'level');
  await (await openStore()).close();
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, level], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  const store = await openStore();
  const keyId = hashOf('9') as string as KeyId;
  expect(await store.keepKeyShare(keyId, bytes('another'))).toEqual(bytes('locked'));
  await store.close();
});
