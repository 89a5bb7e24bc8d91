import { agreementsAndGoals, publications } from './publication-rules.js';
import { found, query, type Write } from './testing/audited-writes.js';

const group = (change: object = {}): Write => [
  ['publishedGroup', 'q', '0'],
  { queryId: 'q', attempt: 1, finalHash: 'f', ...change },
];
const released: Write[] = [
  query({ status: 'released' }),
  [['committeeKey', 'k'], { record: { t: 2 } }],
  [['queryCohort', 'q', 'c'], { consentId: 'c' }],
  [['consent', 'sales', 'shop', 'c'], { consentId: 'c', publication: true }],
  [['share', 'q', '001', '001'], { finalHash: 'f' }],
  [['share', 'q', '001', '002'], { finalHash: 'f' }],
];

describe('the audit of what is public', () => {
  it('accepts what keyholders opened and every consent lets be public', () => {
    expect(found(publications, released, [group()])).toEqual([]);
  });

  it.each<[string, Write[], object, RegExp]>([
    [
      'a closed consent',
      [[['consent', 'sales', 'shop', 'c'], { consentId: 'c' }]],
      {},
      /consent c keeps it closed/,
    ],
    ['a query that was not released', [query({ status: 'blinded' })], {}, /was not released/],
    ['another final block', [], { finalHash: 'g' }, /not what t keyholders opened/],
    ['another attempt', [], { attempt: 2 }, /not what t keyholders opened/],
  ])('finds %s', (_what, change, own, sentence) => {
    expect(found(publications, [...released, ...change], [group(own)]).join()).toMatch(sentence);
  });

  it('finds a published group that changes', () => {
    expect(found(publications, [...released, group()], [group()])).toHaveLength(1);
  });

  it('holds bonuses to their cap and to a published result', () => {
    const agreement = (bonus: string): Write => [
      ['agreement', 'a'],
      { agreementId: 'a', cap: '10', outcome: { queryId: 'q', bonus } },
    ];
    const bonus = (amount: string): Write => [
      ['journal', 'b'],
      { kind: 'performance-bonus', debit: 'reserve:a', credit: 'member:shop', amount },
    ];
    const rule = (now: Write[]) => found(agreementsAndGoals, [], now).join(' ');
    expect(rule([group(), agreement('10'), bonus('10')])).toBe('');
    expect(rule([group(), agreement('0')])).toBe('');
    expect(rule([agreement('10'), bonus('10')])).toMatch(/cites no public result/);
    expect(rule([group(), agreement('11'), bonus('11')])).toMatch(/passes its cap/);
    expect(rule([group(), agreement('10'), bonus('9')])).toMatch(/paid 9, its bonus is 10/);
    expect(rule([[['goalOutcome', 'g', 'q'], { goalId: 'g', queryId: 'q' }]])).toMatch(
      /goal g cites/,
    );
    const goal: Write = [['goal', 'g'], {}];
    expect(found(agreementsAndGoals, [goal], [goal])).toHaveLength(1);
  });
});
