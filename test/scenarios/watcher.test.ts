import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  gatewayService,
  submitQuestion,
  watcherService,
  type PreparedContribution,
} from '@veilsum/client';
import { tellLedger } from '@veilsum/ledger';
import { alertLogLineSchema, type Alert } from '@veilsum/protocol';
import { verifyWebhook } from '@veilsum/watcher';
import { killService } from '../crash/service-crash.js';
import { WebhookReceiver } from '../fakes/watcher/webhook-receiver.js';
import { veilsum } from '../e2e/command-line.js';
import { TestNetwork, testQuestion } from '../e2e/test-network.js';

const MERCHANTS = 2;
const key = randomBytes(32);
const receiver = new WebhookReceiver();
let network: TestNetwork;

/** Short enough for a test, long enough for what a test does in between. */
const thresholds = {
  uploadMissingMs: 300,
  refusalBurst: { count: 3, withinMs: 5_000 },
  gatewaySilentMs: 1_000,
  cohortMargin: 0,
};

async function startWatcher(memberId: string, change: Record<string, unknown> = {}) {
  const settings = {
    thresholds,
    lookMs: 200,
    probeMs: 200,
    mendMs: 500,
    quietMs: 0,
    logLevel: 'warn',
    ...change,
  };
  const { state, running } = network;
  await network.startService(watcherService(state, running.network, { memberId, settings }));
}

async function startAuditor(): Promise<void> {
  const secretFile = join(network.state.root, 'webhook-secret');
  await writeFile(secretFile, `whsec_${key.toString('base64')}\n`, { mode: 0o600 });
  const webhooks = [{ name: 'pager', url: receiver.url, secretFile }];
  await startWatcher('auditor', { webhooks });
}

/** Alert lines of a watcher's log. */
async function logged(memberId: string): Promise<Alert[]> {
  const text = await readFile(join(network.state.watcher(memberId), 'alerts.ndjson'), 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return lines.flatMap((line) => {
    const parsed = alertLogLineSchema.parse(JSON.parse(line));
    return parsed.type === 'alert' ? [parsed.alert] : [];
  });
}

const revision = ({ alertId, revision: number }: Alert) => `${alertId}-${number}`;

/** Waits until some alert of a list is as wanted. */
async function waitFor(
  look: () => Alert[] | Promise<Alert[]>,
  isWanted: (alert: Alert) => boolean,
): Promise<Alert> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = (await look()).find(isWanted);
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('The alert did not come.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const received = (kind: Alert['kind'], status: Alert['status'] = 'open') =>
  waitFor(
    () => receiver.alerts,
    (alert) => alert.kind === kind && alert.status === status,
  );

/** The analyst asks what nobody consented to. */
async function beRefused(times: number): Promise<void> {
  const analyst = await network.session('analyst');
  for (let count = 0; count < times; count += 1) {
    const { status } = await submitQuestion(analyst, { ...testQuestion, maximumPrice: '1' });
    expect(status).toBe('refused');
  }
}

/** Puts a contribution on the ledger and leaves its container on the merchant's machine. */
async function registerOnly(memberId: string): Promise<PreparedContribution> {
  const prepared = await network.prepare(memberId, await network.consent(memberId));
  const { ledger } = await network.session(memberId);
  await tellLedger(ledger, 'contribution:register', prepared.registration);
  return prepared;
}

beforeAll(async () => {
  network = await TestNetwork.start({ merchants: MERCHANTS });
  await receiver.listen();
  await startAuditor();
}, 240_000);
afterAll(async () => {
  await network.close();
  await receiver.close();
}, 60_000);

describe('an auditor with a watcher of its own', () => {
  let burst: Alert;

  test('is told of a burst of refusals, and of its end', async () => {
    await beRefused(3);
    burst = await received('refusal-burst');
    expect(burst.sentence).toMatch(/^The ledger refused 3 times with [A-Z_]+/);
    const over = await waitFor(
      () => receiver.alerts,
      ({ alertId, status }) => alertId === burst.alertId && status === 'mended',
    );
    expect(over.mended?.by).toBe('elsewhere');
  });

  test('loses no alert to kill -9 and an unreachable receiver, and gets none under two ids', async () => {
    receiver.answering = (number) => (number % 2 === 0 ? 500 : 'hang-up');
    await registerOnly('merchant-1');
    const seen = await waitFor(
      () => logged('auditor'),
      ({ kind }) => kind === 'upload-missing',
    );
    await killService(network, 'watcher-auditor');
    // What happens while it is down is looked at afterwards.
    await beRefused(3);
    const second = await registerOnly('merchant-2');
    await startAuditor();
    await killService(network, 'watcher-auditor');
    await startAuditor();
    await killService(network, 'watcher-auditor');
    receiver.answering = () => 204;
    await startAuditor();
    const missing = await waitFor(
      () => receiver.alerts,
      ({ kind, subject }) =>
        kind === 'upload-missing' && subject.includes(second.registration.contributionId),
    );
    expect(missing.mendingStep).toContain('veilsum contribute');
    await waitFor(
      () => receiver.alerts,
      ({ alertId }) => alertId === seen.alertId,
    );
    await waitFor(
      () => receiver.alerts,
      ({ kind, alertId }) => kind === 'refusal-burst' && alertId !== burst.alertId,
    );
    const written = await logged('auditor');
    expect(new Set(written.map(revision)).size).toBe(written.length);
    const last = written.at(-1);
    await waitFor(
      () => receiver.alerts,
      (alert) => last !== undefined && revision(alert) === revision(last),
    );
    expect(new Set(receiver.alerts.map(revision))).toEqual(new Set(written.map(revision)));
  });

  test('has sent each revision with one content and a signature that holds', () => {
    const bodies = new Map<string, string>();
    for (const { headers, body, at } of receiver.received) {
      const id = String(headers['webhook-id']);
      expect(bodies.get(id) ?? body).toBe(body);
      bodies.set(id, body);
      const shown = headers as Record<string, string>;
      expect(verifyWebhook(shown, body, { key, now: at })).toBe(true);
    }
  });

  test('shows what it keeps on the command line', async () => {
    const { status, answer } = await veilsum(
      network.state.root,
      ...['alerts', 'list', '--as', 'auditor', '--kind', 'upload-missing'],
    );
    expect(status).toBe(0);
    expect(answer).toHaveLength(2);
    const doctor = await veilsum(network.state.root, 'doctor');
    expect(doctor.answer).toContainEqual(
      expect.objectContaining({ check: 'watcher of auditor', ok: true }),
    );
  });
});

describe("a contributor's own watcher", () => {
  test('sends again what did not arrive, and both watchers say so under one id', async () => {
    await startWatcher('merchant-1', { scope: 'own', containerMs: 300 });
    const mended = await waitFor(
      () => logged('merchant-1'),
      ({ kind, status }) => kind === 'upload-missing' && status === 'mended',
    );
    expect(mended.mended).toMatchObject({
      by: 'watcher',
      sentence: expect.stringMatching(/^Sent the container of contribution/) as unknown,
    });
    const elsewhere = await waitFor(
      () => receiver.alerts,
      ({ alertId, status }) => alertId === mended.alertId && status === 'mended',
    );
    expect(elsewhere.mended?.by).toBe('elsewhere');
  });

  test('notices that the gateway lost or damaged what it had stored, and mends it', async () => {
    const [alert] = await logged('merchant-1');
    const contributionId = alert?.subject.split('contribution:')[1] ?? '';
    const file = join(network.state.gateway, 'objects', 'containers', `${contributionId}.arrow`);
    const bytes = await readFile(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 900) ^ 1, bytes.length - 900);
    await writeFile(file, bytes);
    const { mended } = await waitFor(
      () => logged('merchant-1'),
      ({ kind, status }) => kind === 'container-damaged' && status === 'mended',
    );
    expect(mended?.by).toBe('watcher');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 900) ^ 1, bytes.length - 900);
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test("does not touch another's, nor hear of it", async () => {
    const alerts = await logged('merchant-1');
    expect(alerts.filter(({ subject }) => subject.includes('merchant-2'))).toEqual([]);
    const open = (await logged('auditor')).filter(({ subject }) => subject.includes('merchant-2'));
    expect(open.map(({ status }) => status)).toEqual(['open']);
  });
});

describe('a gateway that is away', () => {
  test('is missed, and its return is noticed', async () => {
    await network.stopService('gateway');
    const { severity } = await received('gateway-unreachable');
    expect(severity).toBe('critical');
    const { state, running } = network;
    await network.startService(gatewayService(state, running.network, running.network.gatewayId));
    await received('gateway-unreachable', 'mended');
  });
});
