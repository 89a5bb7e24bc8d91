import type { JournalEntry } from '@veilsum/protocol';
import type { AuditedTransaction, ObjectChange } from './ledger-history.js';
import { LedgerState } from './ledger-state.js';
import { compensations, priceSplits, subsidyShares } from './reward-rules.js';

const QUERY = '1'.repeat(32);
const split = {
  contributorsBps: 6000,
  keyholdersBps: 1500,
  operatorBps: 1500,
  subsidyFundBps: 1000,
};
const scheme = {
  version: 1,
  effectiveFrom: 0,
  split,
  smallMembers: { priceBps: 7500, priceSupportMax: '400', topUpBps: 2000, topUpMax: '30' },
};
const query = {
  queryId: QUERY,
  analystId: 'asker',
  status: 'settled',
  rewardSchemeVersion: 1,
  request: { productId: 'sales', epoch: '2026-Q1' },
  plan: { price: '1000' },
};
const cost = {
  productId: 'sales',
  epoch: '2026-Q1',
  contributorId: 'shop',
  amount: '50',
  status: 'confirmed',
  confirmedBy: 'operator',
  repaid: '50',
};
let entries = 0;

const change = (type: string, parts: string[], value: unknown): ObjectChange => ({
  type,
  parts,
  value,
});
const entry = (kind: JournalEntry['kind'], from: string, to: string, amount: number) =>
  change('journal', [String((entries += 1))], {
    entryId: String(entries),
    kind,
    debit: from,
    credit: to,
    amount: String(amount),
    queryId: QUERY,
  });
const member = (memberId: string, size: string, legalEntityId = `entity-${memberId}`) =>
  change('member', [memberId], { memberId, size, legalEntityId });
const transaction = (changes: readonly ObjectChange[]): AuditedTransaction => ({
  transactionId: 't',
  blockNumber: 1,
  call: 'query:accept',
  timestampMs: 1,
  mspId: 'AnyMSP',
  fingerprint: '',
  argument: '{}',
  changes,
});
const stateOf = (...changes: ObjectChange[]): LedgerState => {
  const state = new LedgerState();
  state.apply(
    transaction([
      member('asker', 'small'),
      member('shop', 'small'),
      member('big', 'large'),
      member('operator', 'large'),
      change('rewardScheme', ['1'], scheme),
      change('query', [QUERY], query),
      ...changes,
    ]),
  );
  return state;
};
const escrow = `escrow:${QUERY}`;
const FUND = 'fund:subsidy';

describe('subsidy shares', () => {
  const found = (changes: readonly ObjectChange[], ...before: ObjectChange[]) =>
    subsidyShares.observe?.(transaction(changes), stateOf(...before));
  const earned = entry('contributor-coverage', escrow, 'member:shop', 100);

  it('may be what the scheme gives, to the last unit', () => {
    expect(found([entry('subsidy-price', FUND, escrow, 250)])).toEqual([]);
    expect(found([earned, entry('subsidy-top-up', FUND, 'member:shop', 20)])).toEqual([]);
    const held = entry('contributor-coverage', escrow, 'frozen:shop', 100);
    expect(found([held, entry('subsidy-top-up', FUND, 'frozen:shop', 20)])).toEqual([]);
  });

  it.each<[string, readonly ObjectChange[], RegExp]>([
    ['too much of a price', [entry('subsidy-price', FUND, escrow, 251)], /reduces the price/],
    ['more than the cap', [entry('subsidy-price', FUND, escrow, 401)], /above the cap/],
    ['too much of a share', [earned, entry('subsidy-top-up', FUND, 'member:shop', 21)], /too much/],
    [
      'a top-up of a large member',
      [
        entry('contributor-coverage', escrow, 'member:big', 100),
        entry('subsidy-top-up', FUND, 'member:big', 20),
      ],
      /not small/,
    ],
    [
      'a top-up above the cap',
      [
        entry('contributor-coverage', escrow, 'member:shop', 1000),
        entry('subsidy-top-up', FUND, 'member:shop', 31),
      ],
      /above the cap/,
    ],
    ['money for anything else', [entry('operator-fee', FUND, 'member:operator', 1)], /left the/],
  ])('finds %s', (_what, changes, sentence) => {
    expect(found(changes)?.join(' ')).toMatch(sentence);
  });

  it('finds support of a large payer, and a top-up of who pays', () => {
    const large = member('asker', 'large');
    expect(found([entry('subsidy-price', FUND, escrow, 1)], large)?.[0]).toMatch(/not small/);
    const own = member('shop', 'small', 'entity-asker');
    const topUp = [earned, entry('subsidy-top-up', FUND, 'member:shop', 1)];
    expect(found(topUp, own)?.[0]).toMatch(/query of its own/);
  });

  it('finds what follows from no scheme', () => {
    const none = change('query', [QUERY], { ...query, rewardSchemeVersion: undefined });
    expect(found([entry('subsidy-price', FUND, escrow, 1)], none)?.[0]).toMatch(/no scheme/);
    const topUp = [earned, entry('subsidy-top-up', FUND, 'member:shop', 1)];
    expect(found(topUp, none)?.[0]).toMatch(/no scheme/);
  });
});

describe('price splits', () => {
  const paid = (contributors: number, fund: number) => [
    entry('contributor-coverage', escrow, 'member:shop', contributors),
    entry('keyholder-fee', escrow, 'member:big', 100),
    entry('refund', escrow, 'member:asker', 50),
    entry('operator-fee', escrow, 'member:operator', 150),
    entry('subsidy-fund', escrow, FUND, fund),
  ];

  it('are those of the scheme', () => {
    expect(priceSplits.conclude?.(stateOf(...paid(600, 100)))).toEqual([]);
    expect(priceSplits.conclude?.(stateOf(...paid(601, 99)))).toEqual([
      `Of 1000 for query ${QUERY}, 601 went to contributors.`,
      `Of 1000 for query ${QUERY}, 99 went to subsidy fund.`,
    ]);
  });
});

describe('cost compensation', () => {
  const found = (terms: object, ...repaid: number[]) =>
    compensations.conclude?.(
      stateOf(
        change('cost', ['sales', '2026-Q1', 'shop'], { ...cost, ...terms }),
        ...repaid.map((amount) => entry('cost-compensation', escrow, 'member:shop', amount)),
      ),
    );

  it('is what was confirmed, once', () => {
    expect(found({}, 30, 20)).toEqual([]);
    expect(found({ repaid: '0', status: 'proposed', confirmedBy: undefined })).toEqual([]);
  });

  it.each<[string, object, number[], RegExp]>([
    ['more than the cost', { repaid: '51' }, [51], /is 50, and 51 were repaid/],
    ['another count', {}, [49], /counts 50 as repaid, not 49/],
    ['one that nobody confirmed', { status: 'proposed' }, [50], /without confirmation/],
    ['one legal entity', { confirmedBy: 'shop' }, [50], /one legal entity/],
  ])('finds %s', (_what, terms, repaid, sentence) => {
    expect(found(terms, ...repaid)?.join(' ')).toMatch(sentence);
  });

  it('finds a cost that nobody registered', () => {
    const state = stateOf(entry('cost-compensation', escrow, 'member:big', 1));
    expect(compensations.conclude?.(state)).toEqual([
      'A cost was repaid that nobody knows: sales 2026-Q1 big.',
    ]);
  });
});
