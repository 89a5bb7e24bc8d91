import { createHash } from 'node:crypto';

import { hashAggregate, hashBlinding, hashFinal } from './block-hashes.js';
import { generateKeyCeremony } from './ceremony.js';
import { EncodingError } from './errors.js';
import type { PublicKey } from './public-key.js';
import { decodePublicKey } from './public-key.js';

let key: PublicKey;
const planHash = 'ab'.repeat(32);
const proof = { a: '1', zm: '2', za: '3' };

beforeAll(async () => {
  const { record } = await generateKeyCeremony({
    modulusBits: 512,
    l: 2,
    t: 2,
    insecureTestKey: true,
  });
  key = decodePublicKey(record);
});

/** The same bytes written as hex by hand. */
function hashOf(tag: string, ...hex: string[]): string {
  const text = [Buffer.from(tag).toString('hex'), key.keyId, planHash, ...hex].join('');
  return createHash('sha256').update(Buffer.from(text, 'hex')).digest('hex');
}

const u32 = (value: number): string => value.toString(16).padStart(8, '0');
const el2 = (value: bigint): string => value.toString(16).padStart(256, '0');

describe('the hashes of blocks', () => {
  it('are those of the bytes that the protocol lists', () => {
    const blocks = [5n, key.n2 - 1n];
    const tail = [u32(2), ...blocks.map(el2)];
    expect(hashAggregate({ key, planHash, blocks })).toBe(hashOf('veilsum/v1/aggregate', ...tail));
    expect(hashFinal({ key, planHash, attempt: 7, blocks })).toBe(
      hashOf('veilsum/v1/final', u32(7), ...tail),
    );
    const json = Buffer.from('{"a":"1","za":"3","zm":"2"}').toString('hex');
    expect(hashBlinding({ key, planHash, attempt: 7, index: 2, blocks, proof })).toBe(
      hashOf('veilsum/v1/blinding', u32(7), u32(2), ...tail, json),
    );
  });

  it('refuse blocks, hashes and counts that have no encoding', () => {
    const good = { key, planHash, attempt: 1, blocks: [1n] };
    for (const change of [
      { blocks: [-1n] },
      { blocks: [2n ** 1024n] },
      { planHash: planHash.toUpperCase() },
      { planHash: 'ab' },
      { attempt: -1 },
      { attempt: 2 ** 32 },
    ]) {
      expect(() => hashFinal({ ...good, ...change })).toThrow(EncodingError);
    }
  });
});
