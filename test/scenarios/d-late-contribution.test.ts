import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Commitment, Incident, IncidentRecord } from '@veilsum/protocol';
import { expectAuditPasses, veilsum } from '../e2e/command-line.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

/** Long enough to be in the future when the ledger reads it. */
const DUE_MS = 5_000;
const WEEK_MS = 7 * 24 * 3_600_000;

describe('(d) a late contribution', () => {
  let scenario: ScenarioNetwork;
  let consentId: string;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: 2 });
    consentId = await scenario.network.consent('merchant-1');
  });
  afterAll(() => scenario.close());

  /** merchant-1 says when it will contribute. */
  function promise(epoch: string): Promise<Commitment> {
    return scenario.tell<Commitment>('merchant-1', 'commitment:make', {
      commitmentId: randomBytes(16).toString('hex'),
      productId: 'sales',
      productVersion: 1,
      epoch,
      dueAt: Date.now() + DUE_MS,
    });
  }

  /** The ledger's clock is this machine's. */
  const passes = ({ dueAt }: Commitment) => sleep(dueAt - Date.now() + 50);

  const report = ({ commitmentId }: Commitment, as = 'merchant-2') =>
    scenario.tell<Incident>(as, 'incident:open', { kind: 'late-contribution', commitmentId });
  const read = async ({ incidentId }: Incident) =>
    (await scenario.ask<IncidentRecord>('auditor', 'incident:read', { incidentId })).incident;

  it('opens a time of grace, is mended, and closes by itself', async () => {
    const commitment = await promise('2026-Q1');
    expect(await refusalCode(report(commitment))).toBe('DEADLINE_NOT_REACHED');
    await passes(commitment);
    const incident = await report(commitment);
    expect(incident).toMatchObject({ status: 'open', memberId: 'merchant-1' });
    expect(incident.rectifyUntil - incident.openedAt).toBe(WEEK_MS);
    expect(await report(commitment, 'auditor')).toEqual(incident);
    await scenario.network.contribute('merchant-1', consentId);
    expect(await read(incident)).toMatchObject({ status: 'rectified' });
    const escalate = scenario.tell('merchant-2', 'incident:escalate', {
      incidentId: incident.incidentId,
    });
    expect(await refusalCode(escalate)).toBe('INVALID_STATE');
  });

  it('escalates at once the second time, and is ended by operator and regulator together', async () => {
    const commitment = await promise('2026-Q2');
    await passes(commitment);
    const incident = await report(commitment);
    expect(incident).toMatchObject({ status: 'escalated', measures: ['freeze-rewards'] });
    await scenario.network.contribute('merchant-1', consentId, { epoch: '2026-Q2' });
    expect(await read(incident)).toMatchObject({ status: 'escalated' });
    await scenario.network.enrol('regulator', 'RegulatorMSP', 'regulator');
    const close = (as: string) =>
      veilsum(
        scenario.network.state.root,
        ...['incident', 'close', incident.incidentId, '--as', as, '--reason', 'It came.'],
      );
    const { memberId } = scenario.network.operator.identity;
    expect((await close(memberId)).answer).toMatchObject({ status: 'escalated' });
    expect(
      await refusalCode(
        scenario.tell('merchant-1', 'incident:close', {
          incidentId: incident.incidentId,
          reason: 'It came.',
        }),
      ),
    ).toBe('FORBIDDEN');
    await scenario.tell('regulator', 'incident:close', {
      incidentId: incident.incidentId,
      reason: 'It came.',
    });
    expect(await read(incident)).toMatchObject({ status: 'closed', outcome: 'closed' });
    await expectAuditPasses(scenario.network.state.root);
  });
});
