import fc from 'fast-check';

import { ParameterError } from './errors.js';
import { bitLength } from './integer-encoding.js';
import { randomBelow, randomBits, randomBytes } from './random.js';

describe('randomBytes', () => {
  it('passes the quota of one platform call', () => {
    const bytes = randomBytes(200_000);
    expect(bytes).toHaveLength(200_000);
    const tail = bytes.subarray(140_000);
    expect(new Set(tail).size).toBe(256);
  });

  it.each([-1, 1.5, Number.NaN])('refuses a length of %p', (length) => {
    expect(() => randomBytes(length)).toThrow(ParameterError);
  });
});

describe('randomBits', () => {
  it('stays in its range and reaches its top bit', () => {
    for (const bits of [0, 1, 7, 8, 9, 128, 3333]) {
      let longest = 0;
      for (let draw = 0; draw < 64; draw += 1) {
        longest = Math.max(longest, bitLength(randomBits(bits)));
      }
      expect(longest).toBe(bits);
    }
  });
});

describe('randomBelow', () => {
  it('stays below its bound', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1n << 300n }), (bound) => {
        const value = randomBelow(bound);
        expect(value >= 0n && value < bound).toBe(true);
      }),
    );
  });

  it('draws each of three values a third of the time', () => {
    const counts = [0, 0, 0];
    const draws = 9_000;
    for (let draw = 0; draw < draws; draw += 1) {
      const value = Number(randomBelow(3n));
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // 10 standard deviations of a binomial with p = 1/3: a remainder of two bits would give 1/2.
    const tolerance = 10 * Math.sqrt((draws * 2) / 9);
    for (const count of counts) expect(Math.abs(count - draws / 3)).toBeLessThan(tolerance);
  });

  it.each([0n, -1n])('refuses a bound of %p', (bound) => {
    expect(() => randomBelow(bound)).toThrow(ParameterError);
  });
});
