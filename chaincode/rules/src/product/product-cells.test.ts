import { sampleProduct } from '../../../contracts/src/testing/sample-objects.js';
import { productCellCount, productCellIndex, productCellKey } from './product-cells.js';

const product = sampleProduct({
  dimensions: [
    { name: 'department', values: ['books', 'food', 'toys'] },
    { name: 'region', values: ['north', 'south'] },
  ],
});

describe('cells of a product', () => {
  it('number cell keys with the first dimension most significant', () => {
    expect(productCellCount(product)).toBe(6);
    expect(productCellIndex(product, { region: 'north', department: 'books' })).toBe(0);
    expect(productCellIndex(product, { region: 'south', department: 'books' })).toBe(1);
    expect(productCellIndex(product, { region: 'south', department: 'toys' })).toBe(5);
  });

  it('are undone by their keys', () => {
    for (let cell = 0; cell < 6; cell += 1) {
      expect(productCellIndex(product, productCellKey(product, cell))).toBe(cell);
    }
  });

  it.each([
    [{ department: 'books' }],
    [{ department: 'books', region: 'west' }],
    [{ department: 'books', toString: 'north' }],
  ])('refuse the key %j', (key) => {
    expect(() => productCellIndex(product, key as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  });

  it.each([-1, 6, 0.5])('refuse the cell %d', (cell) => {
    expect(() => productCellKey(product, cell)).toThrow(/cell/);
  });
});
