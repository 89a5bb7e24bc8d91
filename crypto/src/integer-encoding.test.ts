import fc from 'fast-check';

import { EncodingError } from './errors.js';
import {
  bigintToBytes,
  bigintToHex,
  bitLength,
  bytesToBigint,
  bytesToHex,
  encodeUint32,
  hashToBytes,
  hexToBigint,
  hexToBytes,
} from './integer-encoding.js';

const naturals = fc.bigInt({ min: 0n, max: 1n << 4096n });

describe('hex of an integer', () => {
  it('comes back, unpadded', () => {
    fc.assert(
      fc.property(naturals, (value) => {
        const hex = bigintToHex(value);
        expect(hex).toMatch(/^(0|[1-9a-f][0-9a-f]*)$/);
        expect(hexToBigint(hex)).toBe(value);
      }),
    );
  });

  it.each(['', '00', '01', 'A', '-1', '+1', '0x1', ' 1', '1 ', '1\n', '1_0', 'g', '1.0'])(
    'refuses %j',
    (hex) => {
      expect(() => hexToBigint(hex)).toThrow(EncodingError);
    },
  );

  it.each([1, null, undefined, ['1'], 1n])('refuses what is no text: %p', (value) => {
    expect(() => hexToBigint(value)).toThrow(EncodingError);
  });

  it('has none for a negative integer', () => {
    expect(() => bigintToHex(-1n)).toThrow(EncodingError);
  });
});

describe('bytes of an integer', () => {
  it('come back, big-endian, as DataView reads them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        const bytes = bigintToBytes(value, 12);
        expect(bytes).toHaveLength(12);
        expect(new DataView(bytes.buffer).getBigUint64(4)).toBe(value);
        expect(bytesToBigint(bytes)).toBe(value);
      }),
    );
  });

  it('keep the length and refuse one byte too few', () => {
    expect(bigintToBytes(255n, 1)).toEqual(new Uint8Array([255]));
    expect(() => bigintToBytes(256n, 1)).toThrow(EncodingError);
    expect(() => bigintToBytes(-1n, 4)).toThrow(EncodingError);
    expect(bytesToBigint(new Uint8Array(0))).toBe(0n);
  });

  it('own their buffer', () => {
    expect(bigintToBytes(7n, 5).buffer.byteLength).toBe(5);
  });

  it('are read from the middle of a larger buffer', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect(bytesToBigint(bytes)).toBe(0x0203n);
    expect(bytesToHex(bytes)).toBe('0203');
  });
});

describe('hex of bytes', () => {
  it('comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(['a', 'AB', '0g', ' 00'])('refuses %j', (hex) => {
    expect(() => hexToBytes(hex)).toThrow(EncodingError);
  });

  it('of a hash has exactly 64 digits', () => {
    expect(hashToBytes('ab'.repeat(32))).toEqual(new Uint8Array(32).fill(0xab));
    for (const bad of ['ab'.repeat(31), 'ab'.repeat(33), 'AB'.repeat(32)]) {
      expect(() => hashToBytes(bad)).toThrow(EncodingError);
    }
  });
});

describe('encodeUint32', () => {
  it('is big-endian', () => {
    expect(encodeUint32(0x01020304)).toEqual(new Uint8Array([1, 2, 3, 4]));
    expect(encodeUint32(0xffff_ffff)).toEqual(new Uint8Array(4).fill(255));
  });

  it.each([-1, 2 ** 32, 1.5, Number.NaN])('refuses %p', (value) => {
    expect(() => encodeUint32(value)).toThrow(EncodingError);
  });
});

describe('bitLength', () => {
  it('equals the length of the binary text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), (value) => {
        const magnitude = value < 0n ? -value : value;
        expect(bitLength(value)).toBe(magnitude === 0n ? 0 : magnitude.toString(2).length);
      }),
    );
  });
});
