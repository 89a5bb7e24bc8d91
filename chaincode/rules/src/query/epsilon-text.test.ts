import { epsilonText } from './epsilon-text.js';

test.each([
  [0, '0'],
  [1, '0.000001'],
  [300_000, '0.3'],
  [999_999, '0.999999'],
  [1_000_000, '1'],
  [12_500_000, '12.5'],
  [Number.MAX_SAFE_INTEGER, '9007199254.740991'],
])('%i millionths are ε %s', (micro, text) => {
  expect(epsilonText(micro)).toBe(text);
});
