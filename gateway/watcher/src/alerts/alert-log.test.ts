import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberIdSchema } from '@veilsum/protocol';
import { sampleAlert } from '../../../../test/fakes/watcher/sample-alert.js';
import { ALERT_LOG_FILE, AlertLog } from './alert-log.js';

const memberId = memberIdSchema.parse('auditor');
let folder: string;
let log: AlertLog | undefined;

const open = async (as = memberId) => (log = await AlertLog.open(folder, as, 42));
const reopen = async () => {
  await log?.close();
  return open();
};
const file = () => join(folder, ALERT_LOG_FILE);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-alert-log-'));
});
afterEach(async () => {
  await log?.close().catch(() => undefined);
  log = undefined;
  await rm(folder, { recursive: true });
});

describe('the log of alerts', () => {
  it('has after a restart what it had before', async () => {
    const first = await open();
    await first.record([sampleAlert(), sampleAlert({}, 1)], 7);
    await first.record([sampleAlert({ revision: 2, status: 'mended' })]);
    await first.settle('pager', 2, 'delivered');
    const again = await reopen();
    expect([again.since, again.height, again.latest.size]).toEqual([42, 7, 2]);
    expect(again.latest.get(sampleAlert().alertId)?.status).toBe('mended');
    expect(again.after(1).map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(again.latestEntries().map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(again.pendingFor('pager').map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(again.pendingFor('other')).toHaveLength(3);
  });

  it('is for its owner only', async () => {
    await open();
    expect(((await stat(file())).mode & 0o777).toString(8)).toBe('600');
  });

  it('drops the half line that a crash leaves, at whatever byte, and goes on', async () => {
    await (await open()).record([sampleAlert()]);
    await log?.close();
    const whole = await readFile(file());
    const begin = whole.indexOf('\n') + 1;
    for (const cut of [begin, begin + 1, whole.length - 1]) {
      await writeFile(file(), whole.subarray(0, cut));
      const again = await open();
      expect(again.latest.size).toBe(0);
      await again.record([sampleAlert({}, 1)]);
      expect((await reopen()).after(0).map(({ sequence }) => sequence)).toEqual([1]);
      await log?.close();
    }
  });

  it.each<[string, string]>([
    ['a line that is no JSON', 'nonsense\n'],
    ['a line of another form', '{"type":"alert","sequence":1}\n'],
    ['a gap', `${JSON.stringify({ type: 'alert', sequence: 9, alert: sampleAlert() })}\n`],
  ])('refuses %s', async (_what, line) => {
    await open();
    await log?.close();
    await appendFile(file(), line);
    await expect(open()).rejects.toMatchObject({ code: 'STATE_FOLDER_INVALID' });
  });

  it("refuses another member's log", async () => {
    await open();
    await log?.close();
    await expect(open(memberIdSchema.parse('regulator'))).rejects.toMatchObject({
      code: 'STATE_FOLDER_INVALID',
    });
    await open();
  });

  it('has one writer; a process that is gone does not count', async () => {
    await open();
    await expect(AlertLog.open(folder, memberId, 1)).rejects.toMatchObject({
      code: 'STATE_FOLDER_INVALID',
      message: expect.stringContaining(String(process.pid)) as unknown,
    });
    await log?.close();
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    await writeFile(join(folder, 'watcher.pid'), `${gone.pid ?? 0}\n`);
    await open();
  });

  it('shows nothing to anyone that a crash could still take back', async () => {
    const alerts = await open();
    const written = alerts.record([sampleAlert()]);
    expect([alerts.after(0), alerts.pendingFor('pager'), alerts.latestEntries()]).toEqual([
      [],
      [],
      [],
    ]);
    await written;
    expect(alerts.after(0)).toHaveLength(1);
  });

  it('tells who listens, until it stops listening', async () => {
    const alerts = await open();
    let calls = 0;
    const stop = alerts.onChange(() => (calls += 1));
    await alerts.record([sampleAlert()]);
    await alerts.record([]);
    stop();
    await alerts.record([sampleAlert({}, 1)]);
    expect(calls).toBe(1);
  });
});
