import { publications } from './publication-rules.js';
import { NOW, found, query, type Write } from './testing/audited-writes.js';

const group = (change: object = {}): Write => [
  ['publishedGroup', 'q', '0'],
  { queryId: 'q', attempt: 1, finalHash: 'f', ...change },
];
const consent = (change: object = {}): Write => [
  ['consent', 'sales', 'shop', 'c'],
  {
    ...{ consentId: 'c', status: 'active', publication: true, notBefore: NOW, notAfter: NOW },
    ...change,
  },
];
const released: Write[] = [
  query({ status: 'released' }),
  [['committeeKey', 'k'], { record: { t: 2 } }],
  [['queryCohort', 'q', 'c'], { consentId: 'c' }],
  consent(),
  [['share', 'q', '001', '001'], { finalHash: 'f' }],
  [['share', 'q', '001', '002'], { finalHash: 'f' }],
];

describe('the audit of what is public', () => {
  it('accepts what keyholders opened and every consent lets be public', () => {
    expect(found(publications, released, [group()])).toEqual([]);
  });

  it.each<[string, Write[], object, RegExp]>([
    ['a closed consent', [consent({ publication: undefined })], {}, /consent c keeps it closed/],
    ['a withdrawn consent', [consent({ status: 'withdrawn' })], {}, /consent c keeps it closed/],
    ['one that is not begun', [consent({ notBefore: NOW + 1 })], {}, /consent c keeps it closed/],
    ['one that has ended', [consent({ notAfter: NOW - 1 })], {}, /consent c keeps it closed/],
    ['a query that was not released', [query({ status: 'blinded' })], {}, /was not released/],
    ['another final block', [], { finalHash: 'g' }, /not what t keyholders opened/],
    ['another attempt', [], { attempt: 2 }, /not what t keyholders opened/],
  ])('finds %s', (_what, change, own, sentence) => {
    expect(found(publications, [...released, ...change], [group(own)]).join()).toMatch(sentence);
  });

  it('finds a published group that changes', () => {
    expect(found(publications, [...released, group()], [group()])).toHaveLength(1);
  });
});
