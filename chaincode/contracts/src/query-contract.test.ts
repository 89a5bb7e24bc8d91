import type { QueryRecord, QueryRequest } from '@veilsum/protocol';
import {
  MemoryLedger,
  ask,
  balanceOf,
  blind,
  contributeAll,
  contributionOf,
  deposit,
  foundMarket,
  grantConsent,
  openMarket,
  readAttempts,
  readQuery,
  release,
  releaseQuery,
  requireRefusal,
  sampleId,
  sampleQuery,
  sealedShareOf,
  spentOf,
} from './testing/index.js';

/** One minute each: blinding, release and dispute windows of the sample consortium. */
const WINDOW_MS = 60_000;
const exact = { release: 'exact', epsilonMicro: 0 } as const;

const refusals = ({ verdict }: QueryRecord) =>
  verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);

async function openLedger(): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  await openMarket(ledger);
  return ledger;
}

const by = (ledger: MemoryLedger, name: string, transaction: string, query: QueryRecord) =>
  ledger.submit(name, 'query', transaction, { queryId: query.queryId });
const close = (ledger: MemoryLedger, { queryId, attempt }: QueryRecord) =>
  ledger.submit('gateway', 'query', 'closeBlinding', { queryId, attempt: attempt?.attempt });

describe('a query whose keyholders are late', () => {
  test('finishes without one of three', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one'));
    await blind(ledger, query, 1);
    await blind(ledger, query, 3);
    await requireRefusal(close(ledger, query), 'DEADLINE_NOT_REACHED');
    ledger.advance(WINDOW_MS + 1);
    await requireRefusal(blind(ledger, query, 2), 'DEADLINE_PASSED');
    await requireRefusal(by(ledger, 'merchant-1', 'expire', query), 'DEADLINE_NOT_REACHED');
    await close(ledger, query);
    await close(ledger, query);
    await requireRefusal(release(ledger, query, { index: 2 }), 'FORBIDDEN');
    await release(ledger, query, { index: 1 });
    await release(ledger, query, { index: 3 });
    expect(await readQuery(ledger, query)).toMatchObject({
      status: 'released',
      attempt: { keyholders: [1, 3] },
    });
  });

  test('expires without two of three, and everything comes back', async () => {
    const ledger = new MemoryLedger();
    const dealt = await foundMarket(ledger);
    await contributeAll(ledger, dealt, ['merchant-1', 'merchant-2']);
    await deposit(ledger, 'analyst', '100000');
    const query = await ask(ledger, sampleQuery('one', exact));
    for (const attempt of [1, 2, 3]) {
      const current = await readQuery(ledger, query);
      expect(current.attempt?.attempt).toBe(attempt);
      await blind(ledger, current, 1);
      ledger.advance(WINDOW_MS + 1);
      if (attempt < 3) await by(ledger, 'gateway', 'nextAttempt', query);
    }
    await requireRefusal(by(ledger, 'gateway', 'nextAttempt', query), 'INVALID_STATE');
    await by(ledger, 'gateway', 'expire', query);
    expect((await readQuery(ledger, query)).status).toBe('expired');
    expect(await balanceOf(ledger, 'member:analyst')).toBe('100000');
    expect(await readAttempts(ledger, query)).toHaveLength(3);
    await contributeAll(ledger, dealt, ['merchant-3']);
    const next = await ask(ledger, sampleQuery('two', exact));
    expect(next.plan?.cohort).toHaveLength(3);
  });

  test('gives ε and uses back when no share was recorded', async () => {
    const ledger = await openLedger();
    await ledger.submit('merchant-1', 'consent', 'amend', {
      ...(await sampleTerms(ledger, 'merchant-1')),
      maxUses: 1,
    });
    const query = await ask(ledger, sampleQuery('one'));
    const second = await ask(ledger, sampleQuery('two'));
    expect([query.plan?.cohort.length, second.plan?.cohort.length]).toEqual([3, 2]);
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'analyst', 'expire', query);
    expect(await spentOf(ledger, 'merchant-1')).toBe(0);
    expect(await spentOf(ledger, 'merchant-2')).toBe(1_000_000);
    expect((await ask(ledger, sampleQuery('three'))).plan?.cohort).toHaveLength(3);
  });

  test('is charged again after a recorded share, and keeps that when it expires', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', { epsilonMicro: 2_500_000 }));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    await release(ledger, query, { index: 2 });
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'gateway', 'nextAttempt', query);
    expect(await spentOf(ledger, 'merchant-1')).toBe(5_000_000);
    const second = await readQuery(ledger, query);
    expect(second).toMatchObject({ status: 'authorised', chargedEpsilonMicro: 5_000_000 });
    for (const index of [1, 2, 3]) await blind(ledger, second, index);
    await release(ledger, second, { index: 2, final: 'the second' });
    ledger.advance(WINDOW_MS + 1);
    await requireRefusal(by(ledger, 'gateway', 'nextAttempt', query), 'PRIVACY_BUDGET');
    await by(ledger, 'analyst', 'expire', query);
    expect(await spentOf(ledger, 'merchant-1')).toBe(5_000_000);
    expect(await balanceOf(ledger, 'member:analyst')).toBe('100000');
  });

  test('stays a cohort that later ones are held against once a share is recorded', async () => {
    const ledger = new MemoryLedger();
    const dealt = await foundMarket(ledger);
    await contributeAll(ledger, dealt, ['merchant-1', 'merchant-2']);
    await deposit(ledger, 'analyst', '100000');
    const query = await ask(ledger, sampleQuery('one', exact));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    await release(ledger, query, { index: 2 });
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'analyst', 'expire', query);
    await contributeAll(ledger, dealt, ['merchant-3']);
    const same = await ask(ledger, sampleQuery('same', exact));
    expect(same.plan?.cohort).toEqual(query.plan?.cohort);
    const consentId = sampleId('consent of merchant-1');
    await ledger.submit('merchant-1', 'consent', 'withdraw', { consentId });
    expect(refusals(await ask(ledger, sampleQuery('two', exact)))).toContain('EXACT_COHORT_FIXED');
  });
});

describe('a consent that changes under a plan', () => {
  test('stops it when its dates are over', async () => {
    const ledger = await openLedger();
    await ledger.submit('merchant-1', 'consent', 'amend', {
      ...(await sampleTerms(ledger, 'merchant-1')),
      notAfter: ledger.now() + 10_000,
    });
    const query = await ask(ledger, sampleQuery('one'));
    expect(query.plan?.cohort).toHaveLength(3);
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    ledger.advance(10_001);
    await requireRefusal(release(ledger, query, { index: 1 }), 'CONSENT_EXPIRED');
  });

  test('stops it when it is amended to exclude the use, also for the next attempt', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one'));
    await ledger.submit('merchant-1', 'consent', 'amend', {
      ...(await sampleTerms(ledger, 'merchant-1')),
      functions: ['count'],
    });
    ledger.advance(WINDOW_MS + 1);
    await requireRefusal(by(ledger, 'gateway', 'nextAttempt', query), 'CONSENT_NOT_COVERING');
    await by(ledger, 'gateway', 'expire', query);
    expect((await readQuery(ledger, query)).status).toBe('failed');
  });

  test('changes nothing about a result that is released', async () => {
    const ledger = await openLedger();
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
    const consentId = sampleId('consent of merchant-1');
    await ledger.submit('merchant-1', 'consent', 'withdraw', { consentId });
    await requireRefusal(release(ledger, query, { index: 3 }), 'CONSENT_WITHDRAWN');
    await requireRefusal(by(ledger, 'analyst', 'expire', query), 'INVALID_STATE');
    await by(ledger, 'analyst', 'accept', query);
    expect(await balanceOf(ledger, 'member:merchant-1')).toBe('234');
  });
});

describe('a settlement without the analyst', () => {
  test('comes after the dispute window', async () => {
    const ledger = await openLedger();
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
    ledger.advance(WINDOW_MS);
    await requireRefusal(by(ledger, 'gateway', 'settle', query), 'DEADLINE_NOT_REACHED');
    ledger.advance(1);
    await by(ledger, 'gateway', 'settle', query);
    await by(ledger, 'gateway', 'settle', query);
    expect(await balanceOf(ledger, 'member:keyholder-2')).toBe('75');
  });

  test('takes the fee of a keyholder that does not post a missing share', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one'));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    for (const index of [1, 2, 3]) await release(ledger, query, { index });
    await report(ledger, query, 3);
    ledger.advance(WINDOW_MS + 1);
    const late = ledger.submit('keyholder-3', 'query', 'answerDispute', {
      ...shareReference(query, 3),
      sealedShare: sealedShareOf(query, 3),
    });
    await requireRefusal(late, 'DEADLINE_PASSED');
    await by(ledger, 'gateway', 'settle', query);
    expect(await balanceOf(ledger, 'member:keyholder-1')).toBe('50');
    expect(await balanceOf(ledger, 'member:keyholder-3')).toBe('0');
    expect(await balanceOf(ledger, 'member:analyst')).toBe('99050');
  });

  test('gives the price back when fewer than t shares can be had', async () => {
    const ledger = await openLedger();
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
    await report(ledger, query, 2);
    ledger.advance(WINDOW_MS + 1);
    await by(ledger, 'gateway', 'settle', query);
    expect((await readQuery(ledger, query)).status).toBe('failed');
    expect(await balanceOf(ledger, 'member:analyst')).toBe('100000');
    expect(await spentOf(ledger, 'merchant-1')).toBe(1_000_000);
  });
});

describe('transactions at the same time', () => {
  const proposeRequest = (ledger: MemoryLedger, request: QueryRequest) =>
    ledger.propose('analyst', 'query', 'request', request);
  const conflict = expect.objectContaining({ code: 'MVCC_CONFLICT' }) as Error;

  test('a consent withdrawn before the commit invalidates the authorisation', async () => {
    const ledger = await openLedger();
    const proposal = await proposeRequest(ledger, sampleQuery('one'));
    const consentId = sampleId('consent of merchant-3');
    await ledger.submit('merchant-3', 'consent', 'withdraw', { consentId });
    expect(() => {
      ledger.commit(proposal);
    }).toThrow(conflict);
  });

  test('a contribution or consent that appears before the commit does too', async () => {
    const ledger = new MemoryLedger();
    const dealt = await foundMarket(ledger);
    await contributeAll(ledger, dealt, ['merchant-1', 'merchant-2']);
    await deposit(ledger, 'analyst', '100000');
    const beforeConsent = await proposeRequest(ledger, sampleQuery('one'));
    await grantConsent(ledger, 'merchant-3');
    expect(() => {
      ledger.commit(beforeConsent);
    }).toThrow(conflict);
    const beforeContribution = await proposeRequest(ledger, sampleQuery('one'));
    const registration = contributionOf('merchant-3', dealt);
    await ledger.submit('merchant-3', 'contribution', 'register', registration);
    expect(() => {
      ledger.commit(beforeContribution);
    }).toThrow(conflict);
  });

  test('two requests cannot spend one budget or fix two exact cohorts', async () => {
    const ledger = await openLedger();
    const [first, second] = [
      await proposeRequest(ledger, sampleQuery('one', exact)),
      await proposeRequest(ledger, sampleQuery('two', exact)),
    ];
    ledger.commit(first);
    expect(() => {
      ledger.commit(second);
    }).toThrow(conflict);
  });

  test('exactly one of two last blindings completes the round', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one'));
    await blind(ledger, query, 1);
    const proposeBlinding = (index: number) =>
      ledger.propose(`keyholder-${index}`, 'query', 'commitBlinding', {
        queryId: query.queryId,
        planHash: query.planHash,
        attempt: 1,
        blindingHash: String(index).repeat(64),
      });
    const [second, third] = [await proposeBlinding(2), await proposeBlinding(3)];
    ledger.commit(second);
    expect(() => {
      ledger.commit(third);
    }).toThrow(conflict);
    ledger.commit(await proposeBlinding(3));
    expect((await readQuery(ledger, query)).attempt?.keyholders).toEqual([1, 2, 3]);
  });

  test('a new query does not get in the way of a share of another', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one'));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    const proposal = await ledger.propose('keyholder-1', 'query', 'releaseShare', {
      queryId: query.queryId,
      planHash: query.planHash,
      attempt: 1,
      finalHash: 'a'.repeat(64),
      shareHash: 'b'.repeat(64),
    });
    await ask(ledger, sampleQuery('two'));
    ledger.commit(proposal);
    expect((await readAttempts(ledger, query))[0]?.shares).toHaveLength(1);
  });

  test('a withdrawal before the commit of a share invalidates it', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one'));
    for (const index of [1, 2, 3]) await blind(ledger, query, index);
    const proposal = await ledger.propose('keyholder-1', 'query', 'releaseShare', {
      queryId: query.queryId,
      planHash: query.planHash,
      attempt: 1,
      finalHash: 'a'.repeat(64),
      shareHash: 'b'.repeat(64),
    });
    const consentId = sampleId('consent of merchant-2');
    await ledger.submit('merchant-2', 'consent', 'withdraw', { consentId });
    expect(() => {
      ledger.commit(proposal);
    }).toThrow(conflict);
  });
});

const shareReference = ({ queryId, attempt }: QueryRecord, index: number) => ({
  queryId,
  attempt: attempt?.attempt,
  index,
});

function report(ledger: MemoryLedger, query: QueryRecord, index: number) {
  return ledger.submit('analyst', 'query', 'disputeShare', shareReference(query, index));
}

/** The terms of a merchant's sample consent, as they are now. */
async function sampleTerms(ledger: MemoryLedger, merchant: string) {
  const consentId = sampleId(`consent of ${merchant}`);
  const consent = await ledger.evaluate(merchant, 'consent', 'read', { consentId });
  const added = ['contributorId', 'revision', 'status', 'givenAt', 'changedAt'];
  return Object.fromEntries(
    Object.entries(consent as Record<string, unknown>).filter(([field]) => !added.includes(field)),
  );
}
