import { setTimeout as sleep } from 'node:timers/promises';
import { ContributionFolder, createContribution } from '@veilsum/client';
import type { Incident, Opening, OpeningRecord, QueryRecord } from '@veilsum/protocol';
import { expectAuditPasses, runVeilsum, veilsum } from '../e2e/command-line.js';
import { testProduct, testQuestion } from '../e2e/test-network.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const product = {
  ...testProduct,
  openings: { contributions: 3, cells: 1, answerMs: 3_600_000 },
};
const CHEAT = 'merchant-2';

describe('(f) an opening', () => {
  let scenario: ScenarioNetwork;
  let opening: Opening;
  let query: QueryRecord;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: 3, product });
    await scenario.network.enrol('regulator', 'RegulatorMSP', 'regulator');
  });
  afterAll(() => scenario.close());

  async function command<Answer>(as: string, ...words: string[]): Promise<Answer> {
    const { root } = scenario.network.state;
    const { status, answer } = await veilsum(root, ...words, '--as', as, '--yes');
    expect([status, answer]).toEqual([0, answer]);
    return answer as Answer;
  }

  /** Declares data in every cell, gets paid for it, and encrypts nothing but zeros. */
  async function cheat(consentId: string): Promise<void> {
    const session = await scenario.network.session(CHEAT);
    const prepared = await createContribution({
      folder: new ContributionFolder(session.state.contributions(CHEAT)),
      contributor: session.identity,
      product,
      key: await scenario.network.key(),
      epoch: testQuestion.epoch,
      consentId,
      values: { strips: new Map() },
      coverage: [0, 1],
    });
    await scenario.network.submit(CHEAT, prepared);
  }

  const tasks = async () => {
    const { openingId } = opening;
    const { tasks: all } = await scenario.ask<OpeningRecord>('auditor', 'opening:read', {
      openingId,
    });
    return all;
  };
  const taskOf = async (memberId: string) => {
    const task = (await tasks()).find(({ contributorId }) => contributorId === memberId);
    if (task === undefined) throw new Error(`${memberId} has nothing to open.`);
    return task;
  };
  const released = async () => {
    for (let tries = 0; tries < 600; tries += 1) {
      const { queryId } = query;
      const { status } = await scenario.ask<QueryRecord>('analyst', 'query:read', { queryId });
      if (status === 'released') return;
      await sleep(200);
    }
    throw new Error('The query was not released.');
  };

  it('is fixed before the contributions, and names blocks after the epoch', async () => {
    const words = ['opening', 'commit', '--product', 'sales', '--epoch', testQuestion.epoch];
    opening = await command<Opening>('auditor', ...words);
    for (const memberId of ['merchant-1', 'merchant-2', 'merchant-3']) {
      const consentId = await scenario.network.consent(memberId);
      if (memberId === CHEAT) await cheat(consentId);
      else await scenario.network.contribute(memberId, consentId, { product });
    }
    query = await scenario.request();
    await released();
    await command('auditor', 'opening', 'reveal', opening.openingId);
    expect((await tasks()).map(({ contributorId, status }) => [contributorId, status])).toEqual([
      ['merchant-1', 'due'],
      ['merchant-2', 'due'],
      ['merchant-3', 'due'],
    ]);
  });

  it('of an honest contributor agrees', async () => {
    const { openingId, contributionId } = await taskOf('merchant-1');
    await command('merchant-1', 'opening', 'answer', openingId, contributionId);
    const words = ['opening', 'check', openingId, contributionId, '--conclude'];
    const report = await command('auditor', ...words);
    expect(report).toMatchObject({ outcome: 'agreed', faults: [], concluded: true });
    expect(await taskOf('merchant-1')).toMatchObject({ status: 'agreed' });
    expect(await scenario.ask('auditor', 'incident:list')).toEqual([]);
  });

  it('that does not match what was declared freezes contribution and rewards', async () => {
    const { openingId, contributionId } = await taskOf(CHEAT);
    const leave = { memberId: CHEAT, status: 'left' };
    expect(await refusalCode(scenario.tell(CHEAT, 'member:setStatus', leave))).toBe(
      'OVERSIGHT_PENDING',
    );
    await command(CHEAT, 'opening', 'answer', openingId, contributionId);
    const words = ['opening', 'check', openingId, contributionId, '--conclude'];
    const report = await command('auditor', ...words);
    expect(report).toMatchObject({ outcome: 'mismatch', faults: [{ fault: 'coverage' }] });
    const withdraw = scenario.tell(CHEAT, 'contribution:withdraw', { contributionId });
    expect(await refusalCode(withdraw)).toBe('INVALID_STATE');
    await scenario.receive(query.queryId);
    expect(await scenario.balance(`member:${CHEAT}`)).toBe(0n);
    expect(await scenario.balance(`frozen:${CHEAT}`)).toBeGreaterThan(0n);
    expect(await scenario.balance('member:merchant-1')).toBeGreaterThan(0n);
    const { root } = scenario.network.state;
    const statement = await runVeilsum(root, 'account', 'statement', '--as', CHEAT);
    expect(statement.stdout).toMatch(/lie in frozen:merchant-2, held back by incident/);
  });

  it('ends with a penalty that operator and regulator agree on, and the audit accounts for it', async () => {
    const [incident] = await scenario.ask<Incident[]>('auditor', 'incident:list');
    const incidentId = incident?.incidentId ?? '';
    const frozen = await scenario.balance(`frozen:${CHEAT}`);
    const fund = await scenario.balance('fund:subsidy');
    const { memberId } = scenario.network.operator.identity;
    const penalty = { incidentId, amount: String(frozen), reason: 'It declared what it had not.' };
    await scenario.tell(memberId, 'incident:penalise', penalty);
    expect(await scenario.balance('fund:subsidy')).toBe(fund);
    await scenario.tell('regulator', 'incident:penalise', penalty);
    expect(await scenario.balance('fund:subsidy')).toBe(fund + frozen);
    expect(await scenario.balance(`frozen:${CHEAT}`)).toBe(0n);
    await expectAuditPasses(scenario.network.state.root);
  });
});
