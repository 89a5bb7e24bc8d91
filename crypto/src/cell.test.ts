import fc from 'fast-check';

import { cellCount, cellIndex, cellKey } from './cell.js';
import { ParameterError } from './errors.js';

const dimensions = [
  ['books', 'food', 'toys'],
  ['north', 'south'],
];

describe('cells', () => {
  it('are counted in domain order, the first dimension most significant', () => {
    const all = ['books', 'food', 'toys'].flatMap((department) =>
      ['north', 'south'].map((region) => [department, region]),
    );
    expect(all.map((key) => cellIndex(dimensions, key))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(cellCount(dimensions)).toBe(6);
  });

  it('have an index that gives the key back', () => {
    const domain = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(domain, { maxLength: 4 }), fc.nat(), (domains, seed) => {
        const cell = seed % cellCount(domains);
        expect(cellIndex(domains, cellKey(domains, cell))).toBe(cell);
      }),
    );
  });

  it('are one without dimensions', () => {
    expect(cellCount([])).toBe(1);
    expect(cellKey([], 0)).toEqual([]);
  });

  it.each([[['books']], [['books', 'north', 'x']], [['books', 'west']], [[]]])(
    'refuse the key %j',
    (key) => {
      expect(() => cellIndex(dimensions, key)).toThrow(ParameterError);
    },
  );

  it.each([-1, 6, 0.5, NaN])('refuse the index %p', (cell) => {
    expect(() => cellKey(dimensions, cell)).toThrow(ParameterError);
  });

  it('refuse domains that are empty, repeat a value or are too large together', () => {
    expect(() => cellCount([[]])).toThrow(ParameterError);
    expect(() => cellCount([['a', 'a']])).toThrow(ParameterError);
    const many = Array.from({ length: 2000 }, (_unused, value) => String(value));
    expect(() => cellCount([many, many, many])).toThrow(ParameterError);
  });
});
