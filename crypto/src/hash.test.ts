import { createHash } from 'node:crypto';
import fc from 'fast-check';

import { first128, sha256, sha256Hex } from './hash.js';
import { encodeText } from './integer-encoding.js';
import { createSha256 as createNodeSha256 } from './platform/node/hash.js';
import { createSha256 as createPortableSha256 } from './platform/portable/hash.js';

const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 });

describe('sha256', () => {
  it('gives the FIPS 180-4 example', () => {
    expect(sha256Hex(encodeText('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('is of the concatenation, by both platforms', () => {
    fc.assert(
      fc.property(parts, (pieces) => {
        const expected = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
        expect(sha256Hex(...pieces)).toBe(expected);
        for (const create of [createNodeSha256, createPortableSha256]) {
          const hash = create();
          for (const piece of pieces) hash.update(piece);
          expect(Buffer.from(hash.digest()).toString('hex')).toBe(expected);
        }
      }),
    );
  });
});

describe('first128', () => {
  it('reads the first 16 bytes big-endian', () => {
    const bytes = encodeText('veilsum');
    const expected = BigInt(`0x${Buffer.from(sha256(bytes)).toString('hex').slice(0, 32)}`);
    expect(first128(bytes)).toBe(expected);
    expect(first128(bytes.subarray(0, 3), bytes.subarray(3))).toBe(expected);
  });
});
