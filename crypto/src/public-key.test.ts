import { hashCanonicalJson } from './canonical-json.js';
import { dealKey, type DealtKey } from './ceremony.js';
import { ParameterError } from './errors.js';
import { bigintToHex } from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import { decodePublicKey, type PublicKeyRecord, verifyKeyShare } from './public-key.js';
import { generateSafePrimePair } from './safe-prime.js';

/** The record with some fields changed and a keyId that fits. */
function altered(record: PublicKeyRecord, changes: Record<string, unknown>): unknown {
  const body: Record<string, unknown> = { ...record, ...changes };
  delete body['keyId'];
  return { ...body, keyId: hashCanonicalJson(body) };
}

describe('decodePublicKey', () => {
  let dealt: DealtKey;

  beforeAll(async () => {
    const [p, q] = await generateSafePrimePair(256);
    dealt = dealKey(
      { modulusBits: 512, l: 4, t: 3, insecureTestKey: true },
      { p, q, x: 5n, coefficients: [7n << 400n, 11n << 300n] },
    );
  });

  it('gives the integers of a record', () => {
    const key = decodePublicKey(JSON.parse(JSON.stringify(dealt.record)));
    expect(key.n2).toBe(key.n * key.n);
    expect(bigintToHex(key.vi[3] ?? 0n)).toBe(dealt.record.vi[3]);
    expect(key.delta).toBe(24n);
    expect([key.elementBytes1, key.elementBytes2]).toEqual([64, 128]);
    expect(key.isInsecureTestKey).toBe(true);
    expect(key.paillier.g).toBe(key.n + 1n);
  });

  it.each([null, undefined, 'text', 7, [], {}])('refuses %p', (value) => {
    expect(() => decodePublicKey(value)).toThrow(ParameterError);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a further field', { note: 'x' }],
    ['a text for an integer', { t: '3' }],
    ['t = 1', { t: 1 }],
    ['t > l', { t: 5 }],
    ['a modulus length that is no multiple of 8', { modulusBits: 511, shareBits: 509 }],
    ['another modulus length', { modulusBits: 520, shareBits: 518 }],
    ['insecureTestKey false', { insecureTestKey: false }],
    ['a padded integer', { v: '01' }],
    ['an upper-case integer', { hs: 'AB' }],
    ['a number for an integer', { n: 5 }],
    ['no list', { vi: 'ab' }],
    ['a list with another thing in it', { roots: [1, 2, 3, 4, 5, 6, 7, 8] }],
    ['hs = 0', { hs: '0' }],
    ['v = 0', { v: '0' }],
  ])('refuses %s', (_name, changes) => {
    expect(() => decodePublicKey(altered(dealt.record, changes))).toThrow(ParameterError);
  });

  it('refuses a fraction', () => {
    expect(() => decodePublicKey({ ...dealt.record, t: 2.5 })).toThrow(ParameterError);
  });

  it('refuses a keyId of other content, also in upper case', () => {
    for (const keyId of ['0'.repeat(64), dealt.record.keyId.toUpperCase(), '']) {
      expect(() => decodePublicKey({ ...dealt.record, keyId })).toThrow(ParameterError);
    }
  });

  it('refuses a modulus with a small factor', () => {
    // 65,521 is the largest prime below 2^16.
    const n = ((1n << 511n) / 65_521n + 1n) * 65_521n;
    expect(() => decodePublicKey(altered(dealt.record, { n: bigintToHex(n) }))).toThrow(
      'prime factor',
    );
  });

  it('refuses a modulus longer than any key', () => {
    const changes = { modulusBits: 8200, shareBits: 8198, n: bigintToHex(1n << 8199n) };
    expect(() => decodePublicKey(altered(dealt.record, changes))).toThrow(ParameterError);
  });
});

describe('verifyKeyShare', () => {
  let dealt: DealtKey;
  let p: bigint;
  let q: bigint;

  beforeAll(async () => {
    [p, q] = await generateSafePrimePair(256);
    dealt = dealKey(
      { modulusBits: 512, l: 3, t: 2, insecureTestKey: true },
      { p, q, x: 3n, coefficients: [1n << 500n] },
    );
  });

  it("accepts a keyholder's own share only", () => {
    const key = decodePublicKey(dealt.record);
    for (const { index, value } of dealt.shares) {
      expect(verifyKeyShare(key, index, value)).toBe(true);
      expect(verifyKeyShare(key, index, value + 1n)).toBe(false);
      expect(verifyKeyShare(key, (index % 3) + 1, value)).toBe(false);
    }
  });

  it('refuses an index that no keyholder has', () => {
    const key = decodePublicKey(dealt.record);
    for (const index of [0, 4, -1, 1.5, Number.NaN]) {
      expect(verifyKeyShare(key, index, dealt.shares[0]?.value ?? 0n)).toBe(false);
    }
  });

  it('refuses a share that is negative or too long, though its power is right', () => {
    const key = decodePublicKey(dealt.record);
    const value = dealt.shares[0]?.value ?? 0n;
    // The order of v divides this, so the power is the same.
    const order = (p - 1n) * (q - 1n);
    expect(modularPower(key.n).power(key.v, key.delta * (value + order))).toBe(key.vi[0]);
    expect(verifyKeyShare(key, 1, value + order)).toBe(false);
    expect(verifyKeyShare(key, 1, value - order)).toBe(false);
  });
});
