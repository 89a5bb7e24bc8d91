import fc from 'fast-check';
import { giniOf, showShare } from './inequality.js';

/** The definition: mean difference of all pairs over twice the mean. */
function giniByPairs(amounts: readonly bigint[]): [bigint, bigint] {
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  const differences = amounts
    .flatMap((one) => amounts.map((other) => (one > other ? one - other : other - one)))
    .reduce((sum, difference) => sum + difference, 0n);
  return [differences, 2n * BigInt(amounts.length) * total];
}

test.each<[bigint[], string]>([
  [[], '0.0000'],
  [[0n, 0n], '0.0000'],
  [[5n, 5n, 5n], '0.0000'],
  [[0n, 0n, 0n, 1n], '0.7500'],
  [[1n, 3n], '0.2500'],
  [[1n, 2n, 4n], '0.2857'],
])('the Gini coefficient of %s is %s', (amounts, shown) => {
  expect(showShare(giniOf(amounts))).toBe(shown);
});

test('is what its definition says, whatever the order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 10n ** 20n }), { minLength: 1, maxLength: 12 }),
      (amounts) => {
        fc.pre(amounts.some((amount) => amount > 0n));
        const { numerator, denominator } = giniOf(amounts);
        const [differences, scale] = giniByPairs(amounts);
        expect(numerator * scale).toBe(differences * denominator);
      },
    ),
  );
});

test('shares are rounded half up, once', () => {
  expect(showShare({ numerator: 1n, denominator: 3n })).toBe('0.3333');
  expect(showShare({ numerator: 2n, denominator: 3n })).toBe('0.6667');
  expect(showShare({ numerator: 1n, denominator: 20_000n })).toBe('0.0001');
  expect(showShare({ numerator: 1n, denominator: 20_001n })).toBe('0.0000');
  expect(showShare({ numerator: 7n, denominator: 7n })).toBe('1.0000');
});
