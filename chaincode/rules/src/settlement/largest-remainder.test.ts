import fc from 'fast-check';
import { fraction } from './fraction.js';
import { divideByLargestRemainder, type Claim } from './largest-remainder.js';

const claim = (id: string, numerator: bigint, denominator: bigint): Claim => ({
  id,
  part: fraction(numerator, denominator),
});

describe('divideByLargestRemainder', () => {
  test('gives the units left to the largest rests', () => {
    const claims = [claim('a', 47n, 100n), claim('b', 16n, 100n), claim('c', 37n, 100n)];
    // 4.7, 1.6, 3.7: a and c have the larger rests.
    expect([...divideByLargestRemainder(10n, claims)].sort()).toEqual([
      ['a', 5n],
      ['b', 1n],
      ['c', 4n],
    ]);
  });

  test('breaks ties by id, whatever the order of claims', () => {
    const claims = ['c', 'a', 'b'].map((id) => claim(id, 1n, 3n));
    expect(divideByLargestRemainder(4n, claims).get('a')).toBe(2n);
    expect(divideByLargestRemainder(5n, claims).get('b')).toBe(2n);
    expect(divideByLargestRemainder(5n, claims).get('c')).toBe(1n);
  });

  test('divides nothing into nothing', () => {
    expect([...divideByLargestRemainder(0n, [claim('a', 1n, 1n)])]).toEqual([['a', 0n]]);
  });

  test('refuses parts that are more or less than the whole, and an id twice', () => {
    expect(() => divideByLargestRemainder(10n, [claim('a', 1n, 2n)])).toThrow('add up');
    expect(() => divideByLargestRemainder(10n, [claim('a', 3n, 2n)])).toThrow('add up');
    const twice = [claim('a', 1n, 2n), claim('a', 1n, 2n)];
    expect(() => divideByLargestRemainder(10n, twice)).toThrow('add up');
  });

  test('conserves the amount and stays within one unit of each exact share', () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), weights, (amount, entries) => {
        const total = entries.reduce((sum, weight) => sum + weight, 0n);
        fc.pre(total > 0n);
        const claims = entries.map((weight, index) => claim(`m${index}`, weight, total));
        const result = divideByLargestRemainder(amount, claims);
        expect([...result.values()].reduce((sum, units) => sum + units, 0n)).toBe(amount);
        for (const [index, weight] of entries.entries()) {
          const scaled = (result.get(`m${index}`) ?? -1n) * total - amount * weight;
          expect(scaled > -total && scaled < total).toBe(true);
        }
      }),
    );
  });
});
