import type { AuditedTransaction, ObjectChange } from './ledger-history.js';
import { bonuses, goalsReached, reserves } from './agreement-rules.js';
import { LedgerState } from './ledger-state.js';

const QUERY = '1'.repeat(32);
const AGREEMENT = '2'.repeat(32);
const GOAL = '3'.repeat(32);
const number = (numerator: number, denominator = 1) => ({
  numerator: String(numerator),
  denominator: String(denominator),
});
const statistic = {
  productId: 'deliveries',
  productVersion: 1,
  epoch: '2026-Q1',
  function: 'ratio',
  measures: ['onTime', 'parcels'],
  group: { stock: 'ahead' },
  release: 'exact',
};
const product = {
  productId: 'deliveries',
  version: 1,
  dimensions: [{ name: 'stock', values: ['ahead', 'central'] }],
  lanes: { first: 1, count: 3 },
  planes: [
    { statistic: 'sum', measure: 'parcels', span: 'epoch' },
    { statistic: 'sum', measure: 'onTime', span: 'epoch' },
  ],
};
const query = {
  queryId: QUERY,
  request: { ...statistic, groupBy: ['stock'], span: 'epoch', epsilonMicro: 0 },
  plan: { groups: [{ cells: [0] }, { cells: [1] }] },
};
const published = {
  queryId: QUERY,
  group: 0,
  planes: [
    { plane: 0, values: ['40'] },
    { plane: 1, values: ['38'] },
  ],
};
const agreement = (change: object = {}) => ({
  agreementId: AGREEMENT,
  payerId: 'market',
  payeeId: 'carrier',
  proposedBy: 'market',
  statistic,
  baseline: number(9, 10),
  direction: 'at-least',
  bonus: { kind: 'per-step', step: number(1, 100), amount: '40' },
  cap: '300',
  status: 'paid',
  outcome: { queryId: QUERY, value: number(19, 20), bonus: '200', at: 5 },
  ...change,
});
const change = (type: string, parts: string[], value: unknown): ObjectChange => ({
  type,
  parts,
  value,
});
const transaction = (...changes: ObjectChange[]): AuditedTransaction => ({
  transactionId: 't',
  blockNumber: 1,
  call: 'query:publishResult',
  timestampMs: 5,
  mspId: 'AnyMSP',
  fingerprint: '',
  argument: '{}',
  changes,
});
const state = (...changes: ObjectChange[]) => {
  const before = new LedgerState();
  before.apply(
    transaction(
      change('query', [QUERY], query),
      change('product', ['deliveries', '0000001'], product),
      ...changes,
    ),
  );
  return before;
};
const group = change('publishedGroup', [QUERY, '000000'], published);
const money = (kind: string, debit: string, credit: string, amount: number) =>
  change('journal', [`${kind} ${credit} ${amount}`], {
    entryId: `${kind} ${credit} ${amount}`,
    kind,
    debit,
    credit,
    amount: String(amount),
    reference: AGREEMENT,
  });
const bonus = (amount: number) =>
  money('performance-bonus', `reserve:${AGREEMENT}`, 'member:carrier', amount);
const decided = (terms: object) => change('agreement', [AGREEMENT], agreement(terms));

describe('performance bonuses', () => {
  const found = (...changes: ObjectChange[]) =>
    bonuses.observe?.(transaction(...changes), state()).join(' ') ?? '';

  it('follow from what is published with them or before', () => {
    expect(found(group, decided({}), bonus(200))).toBe('');
    const later = bonuses.observe?.(transaction(decided({}), bonus(200)), state(group));
    expect(later).toEqual([]);
  });

  it('are none when the baseline is missed', () => {
    const outcome = { ...agreement().outcome, bonus: '0' };
    const missed = { baseline: number(96, 100), status: 'missed', outcome };
    expect(found(group, decided(missed))).toBe('');
    expect(found(group, decided({ ...missed, status: 'paid' }))).toMatch(/paid against its terms/);
  });

  it.each<[string, ObjectChange[], RegExp]>([
    ['nothing published', [decided({}), bonus(200)], /decided by nothing/],
    ['another sum', [group, decided({}), bonus(240)], /paid 240, not 200/],
    [
      'another value',
      [group, decided({ outcome: { ...agreement().outcome, value: number(1) } }), bonus(200)],
      /decided by another number/,
    ],
    ['no agreement', [group, bonus(200)], /has no reason/],
    [
      'more than the cap',
      [group, decided({ cap: '150', outcome: { ...agreement().outcome } }), bonus(200)],
      /paid 200, not 150/,
    ],
    [
      'a sum that is not theirs',
      [group, decided({ outcome: { ...agreement().outcome, bonus: '199' } }), bonus(200)],
      /says 199, and paid 200/,
    ],
    ['an agreement that is removed', [change('agreement', [AGREEMENT], null)], /was removed/],
  ])('are not by %s', (_what, changes, sentence) => {
    expect(found(...changes)).toMatch(sentence);
  });
});

describe('reserves', () => {
  const found = (status: string, held: number, proposedBy = 'market') =>
    reserves.conclude?.(
      state(
        decided({ status, proposedBy }),
        money('bonus-reserve', 'member:market', `reserve:${AGREEMENT}`, held),
      ),
    );

  it.each([
    ['active', 300, 'carrier'],
    ['proposed', 300, 'market'],
    ['proposed', 0, 'carrier'],
    ['paid', 0, 'market'],
    ['lapsed', 0, 'market'],
    ['cancelled', 0, 'market'],
  ])('of an agreement that is %s are %i when %s proposed it', (status, held, proposedBy) => {
    expect(found(status, held, proposedBy)).toEqual([]);
    expect(found(status, held + 1, proposedBy)).toHaveLength(1);
  });
});

describe('goals', () => {
  const goal = { goalId: GOAL, statistic, baseline: number(1, 2), target: number(1), deadline: 5 };
  const outcome = {
    goalId: GOAL,
    queryId: QUERY,
    value: number(19, 20),
    attainmentBps: '9000',
    met: false,
    inTime: true,
    at: 5,
  };
  const found = (terms: object) =>
    goalsReached
      .observe?.(
        transaction(group, change('goalOutcome', [GOAL, QUERY], { ...outcome, ...terms })),
        state(change('goal', [GOAL], goal)),
      )
      .join(' ');

  it('came to what is published', () => {
    expect(found({})).toBe('');
  });

  it('stay as they were set', () => {
    const again = transaction(change('goal', [GOAL], goal));
    const earlier = state(change('goal', [GOAL], goal));
    expect(goalsReached.observe?.(again, state())).toEqual([]);
    expect(goalsReached.observe?.(again, earlier)).toEqual([
      'A goal was changed after it was set.',
    ]);
  });

  it('came to nothing by what is not published', () => {
    const set = state(change('goal', [GOAL], goal));
    const found = goalsReached.observe?.(
      transaction(change('goalOutcome', [GOAL, QUERY], outcome)),
      set,
    );
    expect(found?.join(' ')).toMatch(/nothing that is published/);
  });

  it.each<[object, RegExp]>([
    [{ value: number(1) }, /another number/],
    [{ attainmentBps: '9001' }, /counts 9001, not 9000/],
    [{ met: true }, /whether it was met/],
    [{ at: 6 }, /whether it was in time/],
    [{ goalId: '4'.repeat(32) }, /of no goal/],
  ])('did not come to %j', (terms, sentence) => {
    expect(found(terms)).toMatch(sentence);
  });
});
