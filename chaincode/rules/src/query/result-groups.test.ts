import fc from 'fast-check';
import { sampleProduct } from '../../../../test/fakes/query-facts.js';
import { productCellKey } from '../product/product-cells.js';
import { groupsFor, requestedCells } from './result-groups.js';

const product = sampleProduct();

describe('groupsFor', () => {
  test('sums over everything without grouping', () => {
    expect(groupsFor(product, { groupBy: [], where: {} })).toEqual([
      { cells: [0, 1, 2, 3, 4, 5], key: {} },
    ]);
  });

  test('keeps a dimension apart and filters another, as the vectors do', () => {
    const groups = groupsFor(product, {
      groupBy: ['department'],
      where: { department: ['toys', 'books'] },
    });
    expect(groups).toEqual([
      { cells: [0, 1], key: { department: 'books' } },
      { cells: [4, 5], key: { department: 'toys' } },
    ]);
  });

  test('does not depend on the order of names', () => {
    const where = { region: ['south'] };
    const groups = groupsFor(product, { groupBy: ['region', 'department'], where });
    expect(groups).toEqual(groupsFor(product, { groupBy: ['department', 'region'], where }));
    expect(groups.map(({ cells }) => cells)).toEqual([[1], [3], [5]]);
  });

  test.each([
    ['an unknown dimension to group by', { groupBy: ['shop'], where: {} }],
    ['an unknown dimension to filter', { groupBy: [], where: { shop: ['a'] } }],
    ['a name that every object inherits', { groupBy: [], where: { constructor: ['a'] } }],
    ['an unknown value', { groupBy: [], where: { region: ['west'] } }],
    ['a value named twice', { groupBy: [], where: { region: ['north', 'north'] } }],
    ['a dimension grouped by twice', { groupBy: ['region', 'region'], where: {} }],
  ])('refuses %s', (_name, request) => {
    expect(() => groupsFor(product, request)).toThrow(
      expect.objectContaining({ code: 'QUERY_INVALID' }) as Error,
    );
  });

  test('takes 50,000 cells and refuses one more', () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);
    const wide = (count: number) =>
      sampleProduct({
        dimensions: [
          { name: 'a', values: values(count) },
          { name: 'b', values: values(10) },
        ],
      });
    expect(groupsFor(wide(5000), { groupBy: [], where: {} })[0]?.cells).toHaveLength(50_000);
    expect(() => groupsFor(wide(5001), { groupBy: [], where: {} })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  test('parts the selected cells by their keys', () => {
    const dimension = fc.subarray(['department', 'region']);
    const filter = fc.record(
      {
        department: fc.subarray(['books', 'food', 'toys'], { minLength: 1 }),
        region: fc.subarray(['north', 'south'], { minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(dimension, filter, (groupBy, where) => {
        const groups = groupsFor(product, { groupBy, where });
        const selected = [0, 1, 2, 3, 4, 5].filter((cell) =>
          Object.entries(where).every(([name, values]) =>
            values.includes(productCellKey(product, cell)[name] ?? ''),
          ),
        );
        const cells = requestedCells(groups);
        expect([...cells].sort()).toEqual(selected);
        for (const group of groups) {
          expect(group.cells).toEqual([...group.cells].sort((left, right) => left - right));
          for (const cell of group.cells) {
            expect(productCellKey(product, cell)).toMatchObject(group.key);
          }
          expect(Object.keys(group.key).sort()).toEqual([...groupBy].sort());
        }
        const keys = groups.map(({ key }) => JSON.stringify(key));
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });
});
