import type { MemberRegistration, QueryRecord } from '@veilsum/protocol';
import {
  MemoryLedger,
  REVIEW_MS,
  adopt,
  adoptSampleRulebook,
  ask,
  balanceOf,
  openRuledMarket,
  readQuery,
  requireRefusal,
  sampleConsent,
  sampleId,
  sampleQuery,
  sampleRegistration,
  sampleRulebook,
  spentOf,
} from './testing/index.js';

const count = { function: 'count', measures: [] } as const;

async function openLedger(changes: Parameters<typeof sampleRulebook>[1] = {}) {
  const ledger = new MemoryLedger();
  await openRuledMarket(ledger);
  await adoptSampleRulebook(ledger, sampleRulebook(ledger.now(), changes));
  return ledger;
}

function review(
  ledger: MemoryLedger,
  as: string,
  { queryId }: QueryRecord,
  decision: 'approve' | 'stop' = 'approve',
) {
  const argument = { queryId, decision, reason: `${decision} it` };
  return ledger.submit(as, 'query', 'review', argument);
}

const expire = (ledger: MemoryLedger, { queryId }: QueryRecord) =>
  ledger.submit('merchant-1', 'query', 'expire', { queryId });

/** The analyst's money and what the query holds of it. */
const money = async (ledger: MemoryLedger, { queryId }: QueryRecord) => [
  await balanceOf(ledger, 'member:analyst'),
  await balanceOf(ledger, `escrow:${queryId}`),
];

const failures = ({ verdict }: QueryRecord) =>
  verdict.trace.filter(({ passed }) => !passed).map(({ code }) => code);

/** Every consent of a merchant to weekly sales asks for more than before. */
async function raiseMinima(ledger: MemoryLedger, minimumPricePerUse: string): Promise<void> {
  for (const merchant of ['merchant-1', 'merchant-2', 'merchant-3']) {
    const consentId = sampleId(`consent of ${merchant}`);
    const terms = sampleConsent(consentId, ledger.now(), { minimumPricePerUse });
    await ledger.submit(merchant, 'consent', 'amend', terms);
  }
}

describe('the deadline of a review', () => {
  test('can be met to its last millisecond', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', count));
    ledger.advance(REVIEW_MS);
    await requireRefusal(expire(ledger, query), 'DEADLINE_NOT_REACHED');
    expect(await review(ledger, 'regulator', query)).toMatchObject({ status: 'authorised' });
  });

  test('ends the query after it, with a refund by anyone, once', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', count));
    ledger.advance(REVIEW_MS + 1);
    await requireRefusal(review(ledger, 'regulator', query), 'REVIEW_LAPSED');
    await requireRefusal(review(ledger, 'regulator', query, 'stop'), 'REVIEW_LAPSED');
    expect(await money(ledger, query)).toEqual(['99000', '1000']);
    await expire(ledger, query);
    const lapsed = await readQuery(ledger, query);
    expect(lapsed).toMatchObject({ status: 'expired', review: { status: 'lapsed' } });
    expect(failures(lapsed)).toEqual(['REVIEW_LAPSED']);
    expect(await money(ledger, query)).toEqual(['100000', '0']);
    await requireRefusal(expire(ledger, query), 'INVALID_STATE');
    await requireRefusal(review(ledger, 'regulator', query), 'INVALID_STATE');
    expect(await spentOf(ledger, 'merchant-1')).toBe(0);
  });
});

describe('the price of a query that waited', () => {
  test('is the one of the approval: the analyst pays the difference', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', count));
    await raiseMinima(ledger, '700');
    expect(await review(ledger, 'regulator', query)).toMatchObject({ plan: { price: '3000' } });
    expect(await money(ledger, query)).toEqual(['97000', '3000']);
  });

  test('is given back as far as it fell', async () => {
    const ledger = await openLedger();
    await raiseMinima(ledger, '700');
    const query = await ask(ledger, sampleQuery('one', count));
    expect(await money(ledger, query)).toEqual(['97000', '3000']);
    await raiseMinima(ledger, '0');
    await review(ledger, 'regulator', query);
    expect(await money(ledger, query)).toEqual(['99000', '1000']);
  });

  test('may be all that the analyst has', async () => {
    const ledger = await openLedger();
    const all = { ...count, maximumPrice: '100000' };
    await raiseMinima(ledger, '23333');
    const query = await ask(ledger, sampleQuery('one', all));
    expect(await money(ledger, query)).toEqual(['1', '99999']);
    expect(await review(ledger, 'regulator', query)).toMatchObject({ status: 'authorised' });
    expect(await money(ledger, query)).toEqual(['1', '99999']);
  });

  test('refuses and refunds when it passes the maximum', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', { ...count, maximumPrice: '2999' }));
    await raiseMinima(ledger, '700');
    await review(ledger, 'regulator', query);
    expect(failures(await readQuery(ledger, query))).toEqual(['PRICE_ABOVE_MAXIMUM']);
    expect(await money(ledger, query)).toEqual(['100000', '0']);
  });
});

describe('who reviews', () => {
  const operatorToo = [
    { reviewPointId: 'regulator-desk', title: 'A', role: 'regulator', deadlineMs: REVIEW_MS },
    { reviewPointId: 'operator-desk', title: 'B', role: 'operator', deadlineMs: REVIEW_MS / 3 },
  ];
  const entry = (entryId: string, reviewPointId: string) => ({
    entryId,
    match: { functions: ['count'] },
    effect: 'review',
    reviewPointId,
    legalBasis: 'Sample Act',
    sentence: 'Counts are looked at.',
  });
  const two = {
    reviewPoints: operatorToo,
    negativeList: [entry('one', 'operator-desk'), entry('two', 'regulator-desk')],
  };

  test('is everyone whom the rulebook names, and one who stops is enough', async () => {
    const ledger = await openLedger(two);
    const query = await ask(ledger, sampleQuery('one', count));
    expect(query.review?.deadline).toBe(ledger.now() + REVIEW_MS / 3);
    await review(ledger, 'operator', query);
    const half = await readQuery(ledger, query);
    expect(half).toMatchObject({ status: 'reviewing', chargedEpsilonMicro: 0 });
    expect(half.review?.deadline).toBe(ledger.now() + REVIEW_MS);
    expect(failures(half)).toEqual(['REVIEW_REQUIRED']);
    await review(ledger, 'operator', query);
    expect(await readQuery(ledger, query)).toEqual(half);
    await review(ledger, 'regulator', query);
    expect(await readQuery(ledger, query)).toMatchObject({ status: 'authorised' });
    const other = await ask(ledger, sampleQuery('two', count));
    await review(ledger, 'operator', other);
    await review(ledger, 'regulator', other, 'stop');
    const stopped = await readQuery(ledger, other);
    expect(stopped.status).toBe('refused');
    expect(failures(stopped)).toEqual(['REVIEW_STOPPED']);
  });

  test('is nobody of the legal entity that asks', async () => {
    const ledger = await openLedger();
    const identity = await ledger.identity('own-regulator', 'RegulatorMSP');
    const registration = sampleRegistration('own-regulator', ['regulator'], identity);
    const own = { ...registration, legalEntityId: 'entity-analyst' };
    await adopt(ledger, 'member', { registrations: [own as MemberRegistration] });
    const query = await ask(ledger, sampleQuery('one', count));
    await requireRefusal(review(ledger, 'own-regulator', query), 'FORBIDDEN', /legal entity/);
  });

  test('cannot be spared by a rulebook that asks for more meanwhile', async () => {
    const ledger = await openLedger();
    const query = await ask(ledger, sampleQuery('one', count));
    const next = sampleRulebook(ledger.now(), { ...two, version: 2 });
    await adoptSampleRulebook(ledger, next);
    await review(ledger, 'regulator', query);
    const refused = await readQuery(ledger, query);
    expect(refused).toMatchObject({ status: 'refused', chargedEpsilonMicro: 0 });
    expect(failures(refused)).toEqual(['REVIEW_REQUIRED']);
    expect(await money(ledger, query)).toEqual(['100000', '0']);
  });
});

describe('a query that waits', () => {
  test('keeps its result key for itself', async () => {
    const ledger = await openLedger();
    const waiting = await ask(ledger, sampleQuery('one', count));
    const { resultKey } = waiting.request;
    const other = await ask(ledger, sampleQuery('two', { resultKey }));
    expect(failures(other)).toEqual(['RESULT_KEY_REUSED']);
    expect(await review(ledger, 'regulator', waiting)).toMatchObject({ status: 'authorised' });
  });

  test('is not opened, accepted or tried again', async () => {
    const ledger = await openLedger();
    const { queryId } = await ask(ledger, sampleQuery('one', count));
    for (const step of ['nextAttempt', 'accept', 'settle']) {
      const call = ledger.submit('analyst', 'query', step, { queryId });
      await requireRefusal(call, 'INVALID_STATE');
    }
  });

  test('is approved once when two approvals come at the same time', async () => {
    const ledger = await openLedger();
    const { queryId } = await ask(ledger, sampleQuery('one', count));
    const argument = { queryId, decision: 'approve', reason: 'Fine.' };
    const first = await ledger.propose('regulator', 'query', 'review', argument);
    const second = await ledger.propose('regulator', 'query', 'review', argument);
    ledger.commit(first);
    expect(() => {
      ledger.commit(second);
    }).toThrow('Something that was read has changed.');
    expect(await spentOf(ledger, 'merchant-1')).toBe(1_000_000);
  });

  test('counts against consents and budgets only from its approval on', async () => {
    const ledger = await openLedger();
    const waiting = await ask(ledger, sampleQuery('one', { ...count, epsilonMicro: 3_000_000 }));
    const other = await ask(ledger, sampleQuery('two', { epsilonMicro: 3_000_000 }));
    expect(other.status).toBe('authorised');
    await review(ledger, 'regulator', waiting);
    expect(failures(await readQuery(ledger, waiting))).toEqual(['PRIVACY_BUDGET']);
  });
});
