import { delegationAtRelease, delegations } from './delegation-rules.js';
import { NOW, found, query, type Write } from './testing/audited-writes.js';

const delegation = (change: object = {}): Write => [
  ['delegation', 'd'],
  {
    delegationId: 'd',
    agentId: 'agent',
    principalId: 'chain',
    status: 'active',
    purposes: ['Marketing'],
    productIds: ['sales'],
    maxPricePerQuery: '10',
    moneyBudget: '15',
    epsilonPerQueryMicro: 5,
    epsilonBudgetMicro: 10,
    maxQueries: 2,
    notBefore: 1,
    notAfter: NOW,
    ...change,
  },
];
const paid = (queryId: string, amount: string, change: object = {}): Write => [
  ['journal', queryId],
  {
    kind: 'escrow',
    debit: 'member:chain',
    credit: `escrow:${queryId}`,
    amount,
    queryId,
    ...change,
  },
];
const delegated = (change: object = {}) =>
  query({
    analystId: 'agent',
    payerId: 'chain',
    request: { productId: 'sales', productVersion: 1, purpose: 'Marketing', delegationId: 'd' },
    ...change,
  });
const before: Write[] = [
  [['query', 'old'], { ...delegated({ queryId: 'old' })[1] }],
  paid('old', '9'),
  [
    ['journal', 'back'],
    { kind: 'refund', debit: 'escrow:old', credit: 'member:chain', amount: '4', queryId: 'old' },
  ],
];

describe('the audit of delegations', () => {
  it('accepts a query that meets every limit to the last unit', () => {
    expect(found(delegations, [delegation(), ...before], [delegated(), paid('q', '10')])).toEqual(
      [],
    );
    expect(found(delegations, [], [query()])).toEqual([]);
  });

  it.each<[string, object, object, RegExp]>([
    ['another agent', { agentId: 'shop' }, {}, /not by its agent/],
    ['another payer', {}, { payerId: 'agent' }, /not paid by its principal/],
    ['a revoked one', { status: 'revoked' }, {}, /was revoked/],
    ['a day too late', { notAfter: NOW - 1 }, {}, /outside its dates/],
    ['a day too early', { notBefore: NOW + 1 }, {}, /outside its dates/],
    ['another purpose', { purposes: ['Advertising'] }, {}, /asked for Marketing/],
    ['another product', { productIds: ['stock'] }, {}, /about sales/],
    ['a price above the limit', { maxPricePerQuery: '9' }, {}, /cost 10/],
    ['money above the budget', { moneyBudget: '14' }, {}, /took the money to 15/],
    ['too much ε at once', { epsilonPerQueryMicro: 4 }, {}, /too much ε/],
    ['too much ε altogether', { epsilonBudgetMicro: 9 }, {}, /took the ε to 10/],
    ['one query too many', { maxQueries: 1 }, {}, /was number 2/],
  ])('finds %s', (_what, terms, change, sentence) => {
    const now = [delegated(change), paid('q', '10')];
    const all = found(delegations, [delegation(terms), ...before], now);
    expect(all).toEqual([expect.stringMatching(sentence)]);
  });

  it('finds a delegation that there is not', () => {
    expect(found(delegations, [], [delegated()]).join()).toMatch(/rests on no delegation/);
  });
});

describe('the audit of shares under a delegation', () => {
  const share: Write = [['share', 'q', '001', '002'], { index: 2 }];

  it('accepts one to the last moment, and any without a delegation', () => {
    expect(found(delegationAtRelease, [delegation(), delegated()], [share])).toEqual([]);
    expect(found(delegationAtRelease, [query()], [share])).toEqual([]);
  });

  it.each<[string, Write[]]>([
    ['after a revocation', [delegation({ status: 'revoked' })]],
    ['after the last moment', [delegation({ notAfter: NOW - 1 })]],
    ['before the first moment', [delegation({ notBefore: NOW + 1 })]],
    ['under none', []],
  ])('finds one %s', (_what, terms) => {
    expect(found(delegationAtRelease, [...terms, delegated()], [share])).toEqual([
      'A share of query q was released after its delegation ended.',
    ]);
  });
});
