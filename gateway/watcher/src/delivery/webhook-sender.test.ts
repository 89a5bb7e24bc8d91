import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertSchema, memberIdSchema } from '@veilsum/protocol';
import { pino } from 'pino';
import { until } from '../../../../test/fakes/gateway/sample-queries.js';
import { sampleAlert } from '../../../../test/fakes/watcher/sample-alert.js';
import { WebhookReceiver } from '../../../../test/fakes/watcher/webhook-receiver.js';
import { AlertLog } from '../alerts/alert-log.js';
import { WatcherMetrics } from '../service/watcher-metrics.js';
import { WebhookSender } from './webhook-sender.js';
import { verifyWebhook } from './webhook-signature.js';

const key = Buffer.alloc(32, 9);
const patience = { answerMsMax: 300, firstDelayMs: 5, delayMsMax: 20, rejectionsMax: 3 };
let folder: string;
let alerts: AlertLog;
let receiver: WebhookReceiver;
let metrics: WatcherMetrics;
let stopping: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-sender-'));
  alerts = await AlertLog.open(folder, memberIdSchema.parse('auditor'), 0);
  receiver = new WebhookReceiver();
  await receiver.listen();
  metrics = new WatcherMetrics();
});
afterEach(async () => {
  await stop();
  await receiver.close();
  await alerts.close();
  await rm(folder, { recursive: true });
});

function start(retryForMs = 60_000, url = receiver.url): void {
  stopping = new AbortController();
  const target = { name: 'pager', url, secretFile: '', retryForMs, key };
  const log = pino({ level: 'silent' });
  running = new WebhookSender({ target, alerts, metrics, log, patience }).run(stopping.signal);
}
async function stop(): Promise<void> {
  stopping.abort();
  await running;
}
const isIdle = () =>
  until(() => Promise.resolve(alerts.pendingFor('pager').length === 0 ? true : undefined));

describe('a webhook', () => {
  it('gets every revision once, in order, signed, with what to do', async () => {
    await alerts.record([sampleAlert(), sampleAlert({}, 1)]);
    start();
    await isIdle();
    await alerts.record([
      sampleAlert({
        revision: 2,
        status: 'mended',
        mended: { at: 9, by: 'watcher', sentence: 'Done.' },
      }),
    ]);
    await isIdle();
    const [first, second] = [sampleAlert().alertId, sampleAlert({}, 1).alertId];
    expect(receiver.ids).toEqual([`${first}-1`, `${second}-1`, `${first}-2`]);
    const types = receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types).toEqual(['alert.opened', 'alert.opened', 'alert.mended']);
    for (const { headers, body } of receiver.received) {
      const shown = headers as Record<string, string>;
      expect(verifyWebhook(shown, body, { key, now: Date.now() })).toBe(true);
    }
    expect(receiver.alerts.map((alert) => alertSchema.parse(alert).mendingStep)).toEqual([
      'Send it again.',
      'Send it again.',
      'Send it again.',
    ]);
  });

  it('is tried again, under the same id and signed anew, until it takes it', async () => {
    const answers = [500, 'hang-up', 'silent', 429, 302] as const;
    receiver.answering = (number) => answers[number - 1] ?? 200;
    await alerts.record([sampleAlert()]);
    start();
    await isIdle();
    expect(new Set(receiver.ids).size).toBe(1);
    expect(receiver.ids).toHaveLength(6);
    expect(
      await metrics.registry.getSingleMetricAsString('veilsum_watcher_deliveries_total'),
    ).toMatch(/outcome="failed"\} 5\n[^]*outcome="delivered"\} 1/);
  });

  it('loses nothing when it is away and comes back', async () => {
    const { port } = receiver;
    await receiver.close();
    await alerts.record([sampleAlert(), sampleAlert({}, 1), sampleAlert({}, 2)]);
    start(60_000, `http://127.0.0.1:${port}/hook`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(alerts.pendingFor('pager')).toHaveLength(3);
    await receiver.listen(port);
    await isIdle();
    expect(receiver.ids).toHaveLength(3);
  });

  it('that will not have a revision gets the next one all the same', async () => {
    const refused = `${sampleAlert().alertId}-1`;
    receiver.answering = () => (receiver.ids.at(-1) === refused ? 400 : 200);
    await alerts.record([sampleAlert(), sampleAlert({}, 1)]);
    start();
    await isIdle();
    expect(receiver.ids).toEqual([refused, refused, refused, `${sampleAlert({}, 1).alertId}-1`]);
  });

  it('is given up after the time, which the metrics show', async () => {
    receiver.answering = () => 503;
    await alerts.record([sampleAlert()]);
    start(50);
    await isIdle();
    expect(receiver.received.length).toBeGreaterThan(1);
    const text = await metrics.registry.getSingleMetricAsString('veilsum_watcher_deliveries_total');
    expect(text).toContain('outcome="abandoned"} 1');
  });

  it('gets after a restart what it had not got, and nothing else', async () => {
    await alerts.record([sampleAlert()]);
    start();
    await isIdle();
    await stop();
    await alerts.record([sampleAlert({}, 1)]);
    await alerts.close();
    alerts = await AlertLog.open(folder, memberIdSchema.parse('auditor'), 0);
    start();
    await isIdle();
    expect(receiver.ids).toEqual([`${sampleAlert().alertId}-1`, `${sampleAlert({}, 1).alertId}-1`]);
  });
});
