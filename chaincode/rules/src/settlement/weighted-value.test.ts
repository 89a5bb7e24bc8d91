import fc from 'fast-check';
import { addFractions, fraction } from './fraction.js';
import type { Claim } from './largest-remainder.js';
import { weightClaims } from './weighted-value.js';

const claim = (id: string, numerator: bigint, denominator: bigint): Claim => ({
  id,
  part: fraction(numerator, denominator),
});

test('weighs claims against each other', () => {
  const claims = [claim('a', 1n, 2n), claim('b', 1n, 4n), claim('c', 1n, 4n)];
  const weights: Record<string, bigint> = { a: 1n, b: 2n, c: 4n };
  expect(weightClaims(claims, (id) => weights[id] ?? 0n)).toEqual([
    claim('a', 1n, 4n),
    claim('b', 1n, 4n),
    claim('c', 1n, 2n),
  ]);
});

test('keeps the whole, the order of equals, and nothing where there was nothing', () => {
  const entry = fc.tuple(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 1n, max: 10n ** 6n }));
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
      const total = entries.reduce((sum, [part]) => sum + part, 0n);
      fc.pre(total > 0n);
      const claims = entries.map(([part], index) => claim(`m-${index}`, part, total));
      const weighted = weightClaims(claims, (id) => entries[Number(id.slice(2))]?.[1] ?? 1n);
      expect(weighted.map(({ part }) => part).reduce(addFractions)).toEqual(fraction(1n, 1n));
      weighted.forEach(({ part }, index) => {
        expect(part.numerator === 0n).toBe(entries[index]?.[0] === 0n);
      });
      expect(weightClaims(claims, () => 7n)).toEqual(claims);
    }),
  );
});
