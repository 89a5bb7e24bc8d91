import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watcherService } from '@veilsum/client';
import type { Alert, Incident } from '@veilsum/protocol';
import { testQuestion } from '../e2e/test-network.js';
import { WebhookReceiver } from '../fakes/watcher/webhook-receiver.js';
import { ScenarioNetwork } from './scenario-network.js';

const DUE_MS = 4_000;
const EPOCH = testQuestion.epoch;

describe('an auditor whose watcher looks after commitments', () => {
  const receiver = new WebhookReceiver();
  let scenario: ScenarioNetwork;
  let late: Alert;

  const received = async (isWanted: (alert: Alert) => boolean): Promise<Alert> => {
    const end = Date.now() + 60_000;
    for (;;) {
      const found = receiver.alerts.find(isWanted);
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error('The alert did not come.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: 2 });
    await receiver.listen();
    const { state, running } = scenario.network;
    const secretFile = join(state.root, 'webhook-secret');
    const secret = `whsec_${randomBytes(32).toString('base64')}\n`;
    await writeFile(secretFile, secret, { mode: 0o600 });
    const webhooks = [{ name: 'auditor', url: receiver.url, secretFile }];
    const settings = { webhooks, lookMs: 200, mendMs: 500, quietMs: 0, logLevel: 'warn' };
    const choice = { memberId: 'auditor', settings };
    await scenario.network.startService(watcherService(state, running.network, choice));
  }, 360_000);
  afterAll(async () => {
    await scenario.close();
    await receiver.close();
  }, 60_000);

  test('hears of a late contribution, with what its contributor has to do', async () => {
    const commitment = { productId: 'sales', productVersion: 1, epoch: EPOCH };
    await scenario.tell('merchant-1', 'commitment:make', {
      ...commitment,
      commitmentId: randomBytes(16).toString('hex'),
      dueAt: Date.now() + DUE_MS,
    });
    late = await received(({ kind }) => kind === 'late-contribution');
    expect(late.subject).toContain('member:merchant-1/product:sales');
    expect(late.mendingStep).toContain('Contribute now');
    expect(late.period).toBe(EPOCH);
  });

  test('has opened the incident that the ledger can check, and says so', async () => {
    const { attempted } = await received(
      ({ alertId, attempted: tried }) => alertId === late.alertId && tried !== undefined,
    );
    expect(attempted?.sentence).toMatch(/its time of grace ends 2/);
    const [incident, ...more] = await scenario.ask<Incident[]>('auditor', 'incident:list');
    expect(more).toEqual([]);
    expect(incident).toMatchObject({
      kind: 'late-contribution',
      memberId: 'merchant-1',
      openedBy: 'auditor',
      status: 'open',
      severity: 'minor',
    });
    const open = await received(({ kind }) => kind === 'incident-open');
    expect(open.sentence).toMatch(/are left to mend it without a penalty/);
  });

  test('hears that both are mended once the contribution is stored', async () => {
    const consentId = await scenario.network.consent('merchant-1');
    await scenario.network.contribute('merchant-1', consentId);
    const mended = await received(
      ({ alertId, status }) => alertId === late.alertId && status === 'mended',
    );
    // The contributor mended it; the watcher only pointed it out.
    expect(mended.mended).toMatchObject({ by: 'elsewhere', sentence: 'It was contributed, late.' });
    await received(({ kind, status }) => kind === 'incident-open' && status === 'mended');
    const incidents = await scenario.ask<Incident[]>('auditor', 'incident:list');
    expect(incidents.map(({ status }) => status)).toEqual(['rectified']);
  });
});
