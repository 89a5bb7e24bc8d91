import type { Plan, StatisticReference } from '@veilsum/protocol';
import { sampleProduct, sampleRequest } from '../../../../test/fakes/query-facts.js';
import { fraction } from '../settlement/fraction.js';
import { asksFor, statisticFault, statisticValue, type ReadableResult } from './statistic-rules.js';

/** 3 departments × 2 regions, cells 0 to 5; sums of sales of the epoch are plane 6. */
const product = sampleProduct({
  planes: [
    ...sampleProduct().planes,
    { name: 'count of the epoch', statistic: 'count', span: 'epoch', valueBits: 24 },
    {
      name: 'visits of the epoch',
      measure: 'visits',
      statistic: 'sum',
      span: 'epoch',
      valueBits: 32,
    },
  ],
});
const [LANE_SALES, SALES, COUNT, VISITS] = [1, 6, 7, 8];

const reference = (change: Partial<StatisticReference> = {}): StatisticReference => ({
  productId: product.productId,
  productVersion: 1,
  epoch: '2017-Q1',
  function: 'sum',
  measures: ['sales'],
  group: { region: 'south' },
  release: 'exact',
  ...change,
});
const request = (change: Parameters<typeof sampleRequest>[0] = {}) =>
  sampleRequest({
    span: 'epoch',
    release: 'exact',
    epsilonMicro: 0,
    groupBy: ['region'],
    ...change,
  });
const regions: Plan['groups'] = [
  { cells: [0, 2, 4], key: { region: 'north' } },
  { cells: [1, 3, 5], key: { region: 'south' } },
];
const group = (index: number, planes: Readonly<Record<number, readonly string[]>>) => ({
  group: index,
  planes: Object.entries(planes).map(([plane, values]) => ({
    plane: Number(plane),
    values: [...values],
  })),
});
const result = (change: Partial<ReadableResult> = {}): ReadableResult => ({
  product,
  plan: { groups: regions } as Plan,
  request: request(),
  groups: [group(0, { [SALES]: ['30'] }), group(1, { [SALES]: ['-7'] })],
  ...change,
});

describe('statisticValue', () => {
  it('is the sum of the group that is meant', () => {
    expect(statisticValue(reference(), result())).toEqual(fraction(-7n, 1n));
    const north = reference({ group: { region: 'north' } });
    expect(statisticValue(north, result())).toEqual(fraction(30n, 1n));
  });

  it('is a count, a mean, a ratio or a share', () => {
    const groups = [
      group(0, { [SALES]: ['30'], [COUNT]: ['8'], [VISITS]: ['12'] }),
      group(1, { [SALES]: ['10'], [COUNT]: ['4'], [VISITS]: ['-2'] }),
    ];
    const of = (name: StatisticReference['function'], measures: string[], region = 'north') =>
      statisticValue(
        reference({ function: name, measures, group: { region } }),
        result({ groups, request: request({ function: name, measures }) }),
      );
    expect(of('count', [])).toEqual(fraction(8n, 1n));
    expect(of('mean', ['sales'])).toEqual(fraction(15n, 4n));
    expect(of('ratio', ['sales', 'visits'])).toEqual(fraction(5n, 2n));
    expect(of('ratio', ['sales', 'visits'], 'south')).toBeUndefined();
    expect(of('share', ['sales'])).toEqual(fraction(3n, 4n));
    expect(of('share', [])).toEqual(fraction(2n, 3n));
  });

  it('is a share of everything only', () => {
    const share = reference({ function: 'share', measures: ['sales'] });
    const asked = request({ function: 'share' });
    const groups = result().groups;
    expect(statisticValue(share, result({ request: asked, groups: groups.slice(1) }))).toBe(
      undefined,
    );
    const southOnly = { groups: regions.slice(1) } as Plan;
    const only = result({
      request: asked,
      plan: southOnly,
      groups: [group(0, { [SALES]: ['5'] })],
    });
    expect(statisticValue(share, only)).toBeUndefined();
  });

  it('takes the lane that is meant', () => {
    const lanes = request({ span: 'lane', release: 'noisy', epsilonMicro: 5 });
    const noisy = { release: 'noisy', epsilonMicroMin: 5 } as const;
    const values = { [LANE_SALES]: ['1', '2', '3', '4'] };
    const of = (lane: number) =>
      statisticValue(
        reference({ ...noisy, lane }),
        result({ request: lanes, groups: [group(1, values)] }),
      );
    expect(of(1)).toEqual(fraction(1n, 1n));
    expect(of(4)).toEqual(fraction(4n, 1n));
    expect(() => of(5)).toThrow('lacks a plane');
  });

  it('is nothing while its group is not published, or the plan has no such group', () => {
    const { groups } = result();
    expect(statisticValue(reference(), result({ groups: groups.slice(0, 1) }))).toBeUndefined();
    expect(statisticValue(reference({ group: {} }), result())).toBeUndefined();
    const books = reference({ group: { region: 'south', department: 'books' } });
    expect(statisticValue(books, result())).toBeUndefined();
  });

  it('is nothing when the question was another', () => {
    expect(statisticValue(reference({ epoch: '2017-Q2' }), result())).toBeUndefined();
  });
});

describe('asksFor', () => {
  it.each<[string, Partial<StatisticReference>]>([
    ['product', { productId: 'other' as StatisticReference['productId'] }],
    ['version', { productVersion: 2 }],
    ['epoch', { epoch: '2017-Q2' }],
    ['function', { function: 'mean' }],
    ['measure', { measures: ['visits'] }],
    ['span', { lane: 1 }],
    ['release', { release: 'noisy', epsilonMicroMin: 1 }],
  ])('tells another %s', (_what, change) => {
    expect(asksFor(reference(change), request())).toBe(false);
    expect(asksFor(reference(), request())).toBe(true);
  });

  it('wants at least the ε that is named', () => {
    const noisy = reference({ release: 'noisy', epsilonMicroMin: 100 });
    const asked = (epsilonMicro: number) => request({ release: 'noisy', epsilonMicro });
    expect(asksFor(noisy, asked(100))).toBe(true);
    expect(asksFor(noisy, asked(99))).toBe(false);
  });

  it('keeps measures apart', () => {
    const ratio = reference({ function: 'ratio', measures: ['sales', 'visits'] });
    const asked = request({ function: 'ratio', measures: ['visits', 'sales'] });
    expect(asksFor(ratio, asked)).toBe(false);
  });
});

describe('statisticFault', () => {
  const sentence = (change: Partial<StatisticReference>) =>
    statisticFault(reference(change), product)?.sentence;

  it('finds none in what can be answered', () => {
    expect(statisticFault(reference(), product)).toBeUndefined();
    const noisy = { release: 'noisy', epsilonMicroMin: 1 } as const;
    expect(statisticFault(reference({ ...noisy, lane: 1 }), product)).toBeUndefined();
    expect(statisticFault(reference({ ...noisy, lane: 4 }), product)).toBeUndefined();
    expect(statisticFault(reference({ group: {} }), product)).toBeUndefined();
  });

  it.each<[string, Partial<StatisticReference>, RegExp]>([
    ['noise without a least ε', { release: 'noisy' }, /epsilonMicroMin is given exactly for noisy/],
    ['a least ε without noise', { epsilonMicroMin: 1 }, /epsilonMicroMin/],
    ['a lane before the first', { lane: 0 }, /no week 0/],
    ['a lane after the last', { lane: 5 }, /no week 5/],
    ['an epoch of another calendar', { epoch: '2017' }, /2017/],
    ['a measure that is not there', { measures: ['weather'] }, /no measure weather/],
    ['a value that is not there', { group: { region: 'west' } }, /region has no value west/],
    ['a dimension that is not there', { group: { colour: 'red' } }, /no dimension colour/],
    ['too many measures', { measures: ['sales', 'visits'] }, /takes 1 measures/],
  ])('finds %s', (_what, change, words) => {
    expect(sentence(change)).toMatch(words);
    expect(statisticFault(reference(change), product)?.code).toBe('STATISTIC_INVALID');
  });
});
