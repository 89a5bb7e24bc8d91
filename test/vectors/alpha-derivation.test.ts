import { deriveExponents } from '../../crypto/src/exponent-derivation.js';
import { hexToBytes } from '../../crypto/src/integer-encoding.js';
import { signedHex, vectorFiles } from './vector-files.js';

interface AlphaCase {
  readonly seed: string;
  readonly contributionId: string;
  readonly blocksPerStrip: number;
  readonly cell: number;
  readonly block: number;
  readonly row: number;
  readonly exponentBits: number;
  readonly info: string;
  readonly alpha: string;
}

describe.each(vectorFiles<AlphaCase>('alpha-derivation'))('$name', ({ cases }) => {
  it.each(cases)('row $row of $contributionId', (vector) => {
    expect(vector.cell * vector.blocksPerStrip + vector.block).toBe(vector.row);
    expect(vector.info).toBe(`veilsum/v1/alpha/${vector.contributionId}/${vector.row}`);
    const { contributionId, row, exponentBits } = vector;
    const alpha = deriveExponents(hexToBytes(vector.seed), contributionId, row, exponentBits);
    expect(alpha).toBe(signedHex(vector.alpha));
  });
});
