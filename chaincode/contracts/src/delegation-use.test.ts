import type { QueryRecord } from '@veilsum/protocol';
import {
  MemoryLedger,
  adoptSampleRulebook,
  ask,
  balanceOf,
  blind,
  grantDelegation,
  letIn,
  openDelegation,
  readDelegation,
  readQuery,
  release,
  releaseQuery,
  requireRefusal,
  revokeDelegation,
  sampleQuery,
  sampleRulebook,
  under,
} from './testing/index.js';

/** One minute each: blinding, release and dispute windows of the sample consortium. */
const WINDOW_MS = 60_000;

async function openLedger(): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  await openDelegation(ledger);
  await grantDelegation(ledger, { epsilonBudgetMicro: 2_000_000 });
  return ledger;
}

const by = (ledger: MemoryLedger, name: string, transaction: string, query: QueryRecord) =>
  ledger.submit(name, 'query', transaction, { queryId: query.queryId });

const useOf = async (ledger: MemoryLedger) => {
  const { queries, money, epsilonMicro } = (await readDelegation(ledger)).use;
  return [queries, money, epsilonMicro];
};

const refusals = ({ verdict }: QueryRecord) =>
  verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);

describe('what a query takes of its delegation', () => {
  test('is proposed once: a second one on the same state is not committed', async () => {
    const ledger = await openLedger();
    const propose = (name: string) =>
      ledger.propose('analyst', 'query', 'request', sampleQuery(name, under));
    const [first, second] = [await propose('one'), await propose('two')];
    ledger.commit(first);
    expect(() => {
      ledger.commit(second);
    }).toThrow(expect.objectContaining({ code: 'MVCC_CONFLICT' }) as Error);
    expect(await useOf(ledger)).toEqual([1, '1000', 1_000_000]);
  });

  test('comes back as a whole when nobody recorded a share', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', under));
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'analyst', 'expire', query);
    expect(await useOf(ledger)).toEqual([0, '0', 0]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('5000');
  });

  test('costs ε again with a recorded share, and only the money comes back', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', under));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    await release(ledger, query, { index: 2 });
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'gateway', 'nextAttempt', query);
    expect(await useOf(ledger)).toEqual([1, '1000', 2_000_000]);
    const second = await readQuery(ledger, query);
    for (const index of [1, 2, 3]) await blind(ledger, second, index);
    await release(ledger, second, { index: 2, final: 'the second' });
    ledger.advance(WINDOW_MS + 1);
    await requireRefusal(by(ledger, 'gateway', 'nextAttempt', query), 'DELEGATION_EPSILON_BUDGET');
    await by(ledger, 'analyst', 'expire', query);
    expect(await useOf(ledger)).toEqual([1, '0', 2_000_000]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('5000');
  });

  test('is less by the fee of a keyholder that did not deliver', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', under));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    for (const index of [1, 2, 3]) await release(ledger, query, { index });
    const share = { queryId: query.queryId, attempt: 1, index: 3 };
    await ledger.submit('analyst', 'query', 'disputeShare', share);
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'gateway', 'settle', query);
    expect(await balanceOf(ledger, 'member:chain')).toBe('4050');
    expect(await balanceOf(ledger, 'member:analyst')).toBe('100000');
    expect(await useOf(ledger)).toEqual([1, '950', 1_000_000]);
  });

  test('comes back as money when too few shares can be had', async () => {
    const ledger = await openLedger();
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one', under)));
    const share = { queryId: query.queryId, attempt: 1, index: 2 };
    await ledger.submit('analyst', 'query', 'disputeShare', share);
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'gateway', 'settle', query);
    expect((await readQuery(ledger, query)).status).toBe('failed');
    expect(await useOf(ledger)).toEqual([1, '0', 1_000_000]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('5000');
  });
});

describe('a delegated query that waits for a review', () => {
  const count = { ...under, function: 'count', measures: [] };

  async function openReviewed(): Promise<MemoryLedger> {
    const ledger = await openLedger();
    await letIn(ledger, { name: 'regulator', mspId: 'RegulatorMSP', roles: ['regulator'] });
    await adoptSampleRulebook(ledger, sampleRulebook(ledger.now()));
    return ledger;
  }

  const review = (ledger: MemoryLedger, { queryId }: QueryRecord, decision: string) =>
    ledger.submit('regulator', 'query', 'review', { queryId, decision, reason: 'looked at' });

  test('takes its part while it waits, and no second one when it is approved', async () => {
    const ledger = await openReviewed();
    const waiting = await ask(ledger, sampleQuery('one', count));
    expect(waiting).toMatchObject({ status: 'reviewing', payerId: 'chain' });
    expect(await useOf(ledger)).toEqual([1, '1000', 1_000_000]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('4000');
    await review(ledger, waiting, 'approve');
    expect((await readQuery(ledger, waiting)).status).toBe('authorised');
    expect(await useOf(ledger)).toEqual([1, '1000', 1_000_000]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('4000');
    expect(await balanceOf(ledger, 'member:analyst')).toBe('100000');
  });

  test('gives it back when it is stopped', async () => {
    const ledger = await openReviewed();
    const waiting = await ask(ledger, sampleQuery('one', count));
    await review(ledger, waiting, 'stop');
    expect(await useOf(ledger)).toEqual([0, '0', 0]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('5000');
  });

  test('is refused at its approval when the delegation was revoked meanwhile', async () => {
    const ledger = await openReviewed();
    const waiting = await ask(ledger, sampleQuery('one', count));
    await revokeDelegation(ledger);
    await review(ledger, waiting, 'approve');
    const refused = await readQuery(ledger, waiting);
    expect([refused.status, refusals(refused)]).toEqual(['refused', ['DELEGATION_REVOKED']]);
    expect(await useOf(ledger)).toEqual([0, '0', 0]);
    expect(await balanceOf(ledger, 'member:chain')).toBe('5000');
  });
});
