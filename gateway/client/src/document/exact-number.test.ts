import { exactNumberField, parseExactNumber, showExact } from './exact-number.js';

test.each([
  ['0.92', '92', '100', '0.92'],
  ['-0.5', '-5', '10', '-0.5'],
  ['3', '3', '1', '3'],
  ['11/12', '11', '12', '0.916666'],
  ['-7/2', '-7', '2', '-3.5'],
  ['1.000', '1000', '1000', '1'],
])('%s is %s over %s', (text, numerator, denominator, shown) => {
  expect(parseExactNumber(text)).toEqual({ numerator, denominator });
  expect(showExact({ numerator, denominator })).toBe(shown);
});

test.each(['', 'x', '1/0', '1.', '.5', '1e3', '1/-2', '0x10'])('%j is refused', (text) => {
  expect(() => parseExactNumber(text)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
  );
});

test('a document may leave the quotes out', () => {
  expect(exactNumberField.parse(0.01)).toEqual({ numerator: '1', denominator: '100' });
});
