import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Question } from '@veilsum/client';
import type { Consent, Delegation, DelegationState, QueryRecord } from '@veilsum/protocol';

import { expectAuditPasses, veilsum } from '../e2e/command-line.js';
import { testTerms } from '../e2e/test-network.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const MERCHANTS = 3;
const PRICE = 1000n;
const AGENT = 'analyst';
const PRINCIPAL = 'chain';

const freshId = () => randomBytes(16).toString('hex');
const refusals = ({ verdict }: QueryRecord) =>
  verdict.trace.flatMap(({ passed, code }) => (passed ? [] : [code]));

describe('an agent that asks for its principal', () => {
  let scenario: ScenarioNetwork;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: MERCHANTS });
    await scenario.network.contributeAll(MERCHANTS);
    await scenario.network.enrol(PRINCIPAL, 'PlatformMSP', 'analyst');
    await scenario.network.deposit(PRINCIPAL, '10000');
  }, 360_000);
  afterAll(() => scenario.close(), 60_000);

  /** The principal delegates two queries and a little more. */
  async function delegate(change: Partial<Delegation> = {}): Promise<string> {
    const delegationId = freshId();
    await scenario.tell(PRINCIPAL, 'delegation:grant', {
      format: 'veilsum-delegation/1',
      delegationId,
      agentId: AGENT,
      purposes: ['CommercialResearch'],
      maxPricePerQuery: '1500',
      moneyBudget: '2500',
      epsilonPerQueryMicro: 500_000,
      epsilonBudgetMicro: 1_000_000,
      maxQueries: 5,
      notBefore: Date.now() - 60_000,
      notAfter: Date.now() + 3_600_000,
      ...change,
    });
    return delegationId;
  }

  const ask = (delegationId: string, change: Partial<Question> = {}) =>
    scenario.request({ delegationId: delegationId as Delegation['delegationId'], ...change });

  const useOf = async (delegationId: string) =>
    (await scenario.ask<DelegationState>('auditor', 'delegation:read', { delegationId })).use;

  test('gets its result, which the principal pays, until the budget is spent', async () => {
    const delegationId = await delegate();
    const before = {
      agent: await scenario.balance(`member:${AGENT}`),
      principal: await scenario.balance(`member:${PRINCIPAL}`),
    };
    for (const queries of [1, 2]) {
      const query = await ask(delegationId);
      expect([query.status, refusals(query)]).toEqual(['authorised', []]);
      expect(query.payerId).toBe(PRINCIPAL);
      const { record } = await scenario.receive(query.queryId);
      expect(record.status).toBe('settled');
      const money = String(PRICE * BigInt(queries));
      expect(await useOf(delegationId)).toMatchObject({ queries, money });
    }
    const third = await ask(delegationId);
    expect([third.status, refusals(third)]).toEqual(['refused', ['DELEGATION_BUDGET']]);
    expect(await scenario.balance(`member:${AGENT}`)).toBe(before.agent);
    expect(await scenario.balance(`member:${PRINCIPAL}`)).toBe(before.principal - 2n * PRICE);
  }, 240_000);

  test.each<[string, Partial<Delegation>, Partial<Question>, string]>([
    ['a price above the limit', { maxPricePerQuery: '999' }, {}, 'DELEGATION_PRICE'],
    ['another purpose', {}, { purpose: 'Marketing' }, 'DELEGATION_PURPOSE'],
    [
      'another product',
      { productIds: ['traffic'] as unknown as NonNullable<Delegation['productIds']> },
      {},
      'DELEGATION_PRODUCT',
    ],
    ['too much ε', {}, { release: 'noisy', epsilonMicro: 500_001 }, 'DELEGATION_EPSILON'],
  ])('is stopped at %s', async (_what, terms, change, code) => {
    const delegationId = await delegate(terms);
    const principal = await scenario.balance(`member:${PRINCIPAL}`);
    const query = await ask(delegationId, change);
    expect([query.status, refusals(query)]).toEqual(['refused', [code]]);
    expect(await scenario.balance(`member:${PRINCIPAL}`)).toBe(principal);
    expect(await useOf(delegationId)).toMatchObject({ queries: 0, money: '0' });
  });

  test('is stopped when the time is over', async () => {
    const delegationId = await delegate({ notAfter: Date.now() + 2_000 });
    await wait(2_500);
    expect(refusals(await ask(delegationId))).toEqual(['DELEGATION_EXPIRED']);
  });

  test('cannot use what was delegated to somebody else, or invent it', async () => {
    const delegationId = await delegate({ agentId: 'operator' as Delegation['agentId'] }).catch(
      () => undefined,
    );
    expect(delegationId).toBeUndefined();
    expect(await refusalCode(ask(freshId()))).toBe('DELEGATION_NOT_FOUND');
  });

  test('is stopped in the middle by a revocation, and everything goes back', async () => {
    const delegationId = await delegate();
    const principal = await scenario.balance(`member:${PRINCIPAL}`);
    for (const keyholder of ['keyholder-1', 'keyholder-2']) {
      await scenario.network.stopKeyholder(keyholder);
    }
    const { queryId } = await ask(delegationId);
    expect(await scenario.balance(`member:${PRINCIPAL}`)).toBe(principal - PRICE);
    expect(await refusalCode(scenario.tell(AGENT, 'delegation:revoke', { delegationId }))).toBe(
      'FORBIDDEN',
    );
    await scenario.tell(PRINCIPAL, 'delegation:revoke', { delegationId });
    await scenario.tell('auditor', 'query:expire', { queryId });
    const query = await scenario.ask<QueryRecord>('auditor', 'query:read', { queryId });
    expect(query.status).toBe('failed');
    expect(await scenario.balance(`member:${PRINCIPAL}`)).toBe(principal);
    expect(await useOf(delegationId)).toMatchObject({ queries: 0, money: '0' });
    expect(refusals(await ask(delegationId))).toEqual(['DELEGATION_REVOKED']);
    for (const keyholder of ['keyholder-1', 'keyholder-2']) {
      await scenario.network.startKeyholder(keyholder);
    }
  }, 120_000);

  test('shares the last use of a consent with nobody who asks at the same time', async () => {
    const delegationId = await delegate();
    const consents = await scenario.ask<Consent[]>('auditor', 'consent:list', {});
    const queries = await scenario.ask<QueryRecord[]>('auditor', 'query:list', {});
    const used = queries.filter(({ status }) => status === 'settled').length;
    for (const { consentId, contributorId } of consents) {
      const terms = testTerms(contributorId, { consentId, maxUses: used + 1 });
      await scenario.tell(contributorId, 'consent:amend', terms);
    }
    const asked = await Promise.all([ask(delegationId), scenario.request({}, PRINCIPAL)]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['authorised', 'refused']);
    const refused = asked.find(({ status }) => status === 'refused');
    const reason = refused?.verdict.trace.find(({ rule }) => rule === 'consent-terms');
    expect(reason?.inputs['excluded:consent-uses']).toBe(String(MERCHANTS));
  }, 120_000);

  test('is told of to everyone, and the audit agrees', async () => {
    const list = await veilsum(
      scenario.network.state.root,
      ...'delegation list --as auditor'.split(' '),
    );
    expect(list.status).toBe(0);
    const all = list.answer as Delegation[];
    const first = all.find(
      ({ status, moneyBudget }) => status === 'active' && moneyBudget === '2500',
    );
    expect(first).toMatchObject({ principalId: PRINCIPAL, agentId: AGENT });
    const usage = await veilsum(
      scenario.network.state.root,
      ...'consent usage --as merchant-1'.split(' '),
    );
    expect(usage.answer).toMatchObject({
      contributorId: 'merchant-1',
      uses: expect.arrayContaining([
        expect.objectContaining({ analystId: AGENT, onBehalfOf: PRINCIPAL, status: 'settled' }),
      ]) as unknown,
      refused: expect.arrayContaining([
        expect.objectContaining({ codes: ['DELEGATION_BUDGET'] }),
      ]) as unknown,
    });
    await expectAuditPasses(scenario.network.state.root);
  }, 120_000);
});
