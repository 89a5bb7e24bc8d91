import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';

import { ParameterError } from './errors.js';
import { createExponentDeriver, deriveExponents } from './exponent-derivation.js';
import { bytesToBigint } from './integer-encoding.js';

const ID = '0123456789abcdef0123456789abcdef';
const SEED = new Uint8Array(32).fill(7);

describe('deriveExponents', () => {
  it("equals OpenSSL's HKDF with an empty salt", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(),
        fc.constantFrom(256, 264, 512, 1536),
        (seed, row, exponentBits) => {
          const info = `veilsum/v1/alpha/${ID}/${row}`;
          const expected = hkdfSync('sha256', seed, new Uint8Array(0), info, exponentBits / 8);
          const alpha = bytesToBigint(new Uint8Array(expected));
          expect(deriveExponents(seed, ID, row, exponentBits)).toBe(alpha);
        },
      ),
    );
  });

  it('differs by row and by contribution', () => {
    const derive = createExponentDeriver(SEED, ID, 256);
    const other = createExponentDeriver(SEED, 'f'.repeat(32), 256);
    expect(new Set([derive(0), derive(1), derive(10), other(0), other(1)]).size).toBe(5);
  });

  it('refuses seeds, ids, lengths and rows out of their domain', () => {
    expect(() => createExponentDeriver(SEED.subarray(1), ID, 256)).toThrow(ParameterError);
    for (const id of ['', ID.toUpperCase(), `${ID}0`, `${ID}\n`, ID.slice(1)]) {
      expect(() => createExponentDeriver(SEED, id, 256)).toThrow(ParameterError);
    }
    for (const bits of [0, -8, 257, 65_288, Number.NaN]) {
      expect(() => createExponentDeriver(SEED, ID, bits)).toThrow(ParameterError);
    }
    for (const row of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => createExponentDeriver(SEED, ID, 256)(row)).toThrow(ParameterError);
    }
  });
});
