import {
  halfWidth95,
  hasNoiseRoom,
  noiseProbability,
  noiseTail,
  noiseVariance,
  PROBABILITY_BITS,
} from '@veilsum/crypto';

import { vectorFiles } from './vector-files.js';

interface LawCase {
  kind: 'law';
  sensitivity: number;
  epsilonMicro: number;
  probabilities: { x: number; p: string }[];
  tail: string;
  variance: string;
  halfWidth95: Record<string, number>;
}
interface RoomCase {
  kind: 'room';
  l: number;
  valueBits: number;
  epsilonMicro: number;
  sensitivity: number;
  accepted: boolean;
}

/** The vectors round to 30 decimal places or to 24 digits, whichever they write. */
const DECIMALS = 40;

/** A decimal text, possibly with an exponent, as an integer number of 10^-DECIMALS. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = DECIMALS + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}

function expectProbability(actual: bigint, text: string): void {
  const found = (actual * 10n ** BigInt(DECIMALS)) >> BigInt(PROBABILITY_BITS);
  const difference = found - scaled(text);
  // One unit in the 30th decimal place, or 10^-18 of the value where that is more.
  const allowed = 10n ** BigInt(DECIMALS - 30) + found / 10n ** 18n;
  expect(difference < 0n ? -difference : difference).toBeLessThanOrEqual(allowed);
}

function checkLaw(entry: LawCase): void {
  const law = {
    sensitivity: BigInt(entry.sensitivity),
    epsilonMicro: BigInt(entry.epsilonMicro),
  };
  for (const { x, p } of entry.probabilities) {
    expectProbability(noiseProbability(law, BigInt(x)), p);
  }
  const farthest = Math.max(...entry.probabilities.map(({ x }) => x));
  expectProbability(noiseTail(law, 1, BigInt(farthest)), entry.tail);
  expect(noiseVariance(1, law) / Number(entry.variance)).toBeCloseTo(1, 12);
  for (const [samples, halfWidth] of Object.entries(entry.halfWidth95)) {
    expect(halfWidth95(Number(samples), law)).toBe(halfWidth);
  }
}

describe.each(vectorFiles<LawCase | RoomCase>('laplace'))('$name', ({ cases }) => {
  it.each(cases)('$kind: sensitivity $sensitivity, epsilonMicro $epsilonMicro', (entry) => {
    if (entry.kind === 'law') {
      checkLaw(entry);
      return;
    }
    const { l, valueBits } = entry;
    const law = {
      sensitivity: BigInt(entry.sensitivity),
      epsilonMicro: BigInt(entry.epsilonMicro),
    };
    expect(hasNoiseRoom({ ...law, l, valueBits })).toBe(entry.accepted);
  });
});
