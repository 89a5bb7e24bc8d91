import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HealthFiles } from './health-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-health-'));
});
afterEach(() => rm(folder, { recursive: true }));

const changedAt = async (name: string): Promise<number> =>
  stat(join(folder, 'health', name)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

async function isRenewed(name: string): Promise<boolean> {
  const before = await changedAt(name);
  const deadline = Date.now() + 2_000;
  while (Date.now() < deadline) {
    if ((await changedAt(name)) > before) return true;
    await sleep(10);
  }
  return false;
}

test('both files are renewed while the ledger answers, and none afterwards', async () => {
  const health = await HealthFiles.start({
    folder: join(folder, 'health'),
    everyMs: 20,
    readLedger: () => Promise.resolve(7),
  });
  expect(await isRenewed('alive')).toBe(true);
  expect(await isRenewed('following')).toBe(true);
  health.stop();
  await sleep(50);
  const last = await changedAt('alive');
  await sleep(100);
  expect(await changedAt('alive')).toBe(last);
});

test.each([
  ['refuses', () => Promise.reject(new Error('no peer'))],
  ['never answers', () => new Promise<never>(() => undefined)],
])('a ledger that %s leaves the process alive but not following', async (_, readLedger) => {
  const health = await HealthFiles.start({
    folder: join(folder, 'health'),
    everyMs: 20,
    readLedger,
  });
  try {
    expect(await isRenewed('alive')).toBe(true);
    expect(await isRenewed('alive')).toBe(true);
    expect(await changedAt('following')).toBe(0);
  } finally {
    health.stop();
  }
});
