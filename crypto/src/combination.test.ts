import fc from 'fast-check';

import type { Opening } from './block-opening.js';
import { lagrangeCoefficients, openBlocks } from './block-opening.js';
import { generateKeyCeremony } from './ceremony.js';
import type { Ciphertext } from './ciphertext.js';
import { combineSealedShares, combineShares } from './combination.js';
import { centreMessage, createEncryptor } from './encryption.js';
import { CombineError, EncodingError, ParameterError } from './errors.js';
import type { Share } from './partial-decryption.js';
import { createShare, decodeShare, encodeShare, partiallyDecrypt } from './partial-decryption.js';
import type { PublicKey } from './public-key.js';
import { decodePublicKey } from './public-key.js';
import { generateSealingKeyPair, seal } from './sealing.js';

const plaintexts = [0n, 1n, -1n, 2n ** 500n, -(2n ** 300n) + 7n];
let key: PublicKey;
let finals: Ciphertext[];
let opening: Opening;
let shares: Share[];
let secrets: bigint[];

beforeAll(async () => {
  const dealt = await generateKeyCeremony({ modulusBits: 512, l: 4, t: 3, insecureTestKey: true });
  key = decodePublicKey(dealt.record);
  const encryptor = createEncryptor(key, { expectedCount: 5, format: 'veilsum-blinding/1' });
  finals = plaintexts.map((message) => encryptor.encrypt(message, encryptor.generateAlpha()));
  opening = { key, planHash: '56'.repeat(32), attempt: 1, finals };
  secrets = dealt.shares.map(({ value }) => value);
  shares = dealt.shares.map(({ index, value }) =>
    createShare({ ...opening, finals, index, share: value }),
  );
});

/** The shares with the one of a keyholder replaced. */
function withShare(index: number, change: Partial<Share>): Share[] {
  return shares.map((share) => (share.index === index ? { ...share, ...change } : share));
}

/** A share whose first x is off by one. */
function wrong(index: number): Partial<Share> {
  const [first = '1', ...rest] = shares[index - 1]?.x ?? [];
  return { x: [(BigInt(`0x${first}`) + 1n).toString(16), ...rest] };
}

function caught(action: () => unknown): CombineError {
  try {
    action();
  } catch (error) {
    if (error instanceof CombineError) return error;
  }
  throw new Error('Nothing was refused.');
}

describe('combineShares', () => {
  it('opens to the plaintexts with any t shares and finds the same w', () => {
    const all = shares.map((_share, position) =>
      combineShares({ ...opening, shares: shares.filter((_other, other) => other !== position) }),
    );
    for (const { messages, w, cheaters } of all) {
      expect(messages.map((message) => centreMessage(key, message))).toEqual(plaintexts);
      expect(w).toEqual(all[0]?.w);
      expect(cheaters).toEqual([]);
    }
    expect(all.map(({ usedIndices }) => usedIndices)).toEqual([
      [2, 3, 4],
      [1, 3, 4],
      [1, 2, 4],
      [1, 2, 3],
    ]);
  });

  it('does not read proofs while the check of every block holds', () => {
    const proof = { a1: '1', a2: '1', z: '1' };
    const combined = combineShares({ ...opening, shares: withShare(1, { proof }) });
    expect(combined).toMatchObject({ cheaters: [], usedIndices: [1, 2, 3] });
  });

  it.each<[string, () => Partial<Share>]>([
    ['a wrong x', () => wrong(2)],
    ['the x of another', () => ({ x: shares[0]?.x ?? [] })],
    ['x = 1', () => ({ x: plaintexts.map(() => '1') })],
    ['x = 0', () => ({ x: plaintexts.map(() => '0') })],
    ['x of n or more', () => ({ x: plaintexts.map(() => (key.n + 1n).toString(16)) })],
    ['x that is no number', () => ({ x: plaintexts.map(() => 'zz') })],
    ['an x missing', () => ({ x: shares[1]?.x.slice(1) ?? [] })],
    ['another plan', () => ({ planHash: '78'.repeat(32) })],
    ['another attempt', () => ({ attempt: 2 })],
    ['another key', () => ({ keyId: '78'.repeat(32) })],
  ])('names a keyholder that sends %s and opens without it', (_name, change) => {
    const combined = combineShares({ ...opening, shares: withShare(2, change()) });
    expect(combined.cheaters).toEqual([2]);
    expect(combined.usedIndices).toEqual([1, 3, 4]);
    expect(combined.messages.map((message) => centreMessage(key, message))).toEqual(plaintexts);
  });

  it('names a keyholder whose x is not coprime to n', () => {
    const insecure = { ...opening, finals: [4n] };
    const parts = [1, 2, 3].map((index) => ({ index, x: [index === 2 ? 0n : 9n] }));
    expect(openBlocks(insecure, parts)).toBeUndefined();
  });

  it('shows nothing with fewer than t good shares, and names those with wrong ones', () => {
    const two = withShare(2, wrong(2)).map((share) =>
      share.index === 3 ? { ...share, ...wrong(3) } : share,
    );
    const error = caught(() => combineShares({ ...opening, shares: two }));
    expect(error).toMatchObject({ cheaters: [2, 3], code: 'SHARES_TOO_FEW' });
    const few = caught(() => combineShares({ ...opening, shares: shares.slice(2) }));
    expect(few).toMatchObject({ cheaters: [], code: 'SHARES_TOO_FEW' });
  });

  it('accepts a negated x without any complaint', () => {
    const negated = (shares[1]?.x ?? []).map((x) => (key.n - BigInt(`0x${x}`)).toString(16));
    expect(combineShares({ ...opening, shares: withShare(2, { x: negated }) }).cheaters).toEqual(
      [],
    );
  });

  it('refuses two shares of one keyholder and an opening without blocks', () => {
    const [first] = shares;
    if (first === undefined) throw new Error('There are shares.');
    expect(() => combineShares({ ...opening, shares: [...shares, first] })).toThrow(ParameterError);
    const empty = shares.map((share) => ({ ...share, x: [] }));
    expect(() => combineShares({ ...opening, finals: [], shares: empty })).toThrow(ParameterError);
  });
});

describe('combineSealedShares', () => {
  const recipient = generateSealingKeyPair();
  const sealedShares = (list: readonly Share[]) =>
    list.map((share) => ({
      index: share.index,
      sealed: seal(encodeShare(share), recipient.publicKey),
    }));

  it('opens what was sealed', () => {
    const combined = combineSealedShares({
      ...opening,
      resultSecretKey: recipient.secretKey,
      sealedShares: sealedShares(shares),
    });
    expect(combined).toEqual(combineShares({ ...opening, shares }));
  });

  it('names who sealed to another, sealed nonsense or spoke for another keyholder', () => {
    const { publicKey } = generateSealingKeyPair();
    const [first, second, third] = shares;
    if (!first || !second || !third) throw new Error('There are shares.');
    const nonsense = new TextEncoder().encode('{}');
    const good = sealedShares(shares);
    for (const sealed of [
      seal(encodeShare(second), publicKey),
      seal(nonsense, recipient.publicKey),
      seal(encodeShare({ ...second, index: 1 }), recipient.publicKey),
      seal(encodeShare(third), recipient.publicKey),
      new Uint8Array(3),
    ]) {
      const given = { ...opening, resultSecretKey: recipient.secretKey };
      const list = good.map((entry) => (entry.index === 2 ? { index: 2, sealed } : entry));
      const combined = combineSealedShares({ ...given, sealedShares: list });
      expect(combined).toMatchObject({ cheaters: [2], usedIndices: [1, 3, 4] });
      const error = caught(() => combineSealedShares({ ...given, sealedShares: list.slice(0, 3) }));
      expect(error.cheaters).toEqual([2]);
    }
  });
});

describe('shares as bytes', () => {
  it('are given back by decoding, and only in one shape', () => {
    const [share] = shares;
    if (share === undefined) throw new Error('There are shares.');
    expect(decodeShare(encodeShare(share))).toEqual(share);
    for (const changed of [
      { ...share, extra: 1 },
      { ...share, format: 'veilsum-share/2' },
      { ...share, attempt: '1' },
      { ...share, keyId: 1 },
      { ...share, proof: null },
      { ...share, x: {} },
      null,
      [],
    ]) {
      expect(() => decodeShare(encodeShare(changed as Share))).toThrow(EncodingError);
    }
    expect(() => decodeShare(new TextEncoder().encode('{"x": 1}'))).toThrow(EncodingError);
  });
});

describe('openBlocks', () => {
  it('takes exactly t parts of different keyholders', () => {
    const parts = secrets.map((share, position) => ({
      index: position + 1,
      x: partiallyDecrypt({ key, share, finals }),
    }));
    const [first, second, third] = parts;
    if (!first || !second || !third) throw new Error('There are parts.');
    expect(openBlocks(opening, [third, first, second])?.usedIndices).toEqual([1, 2, 3]);
    for (const list of [
      parts,
      parts.slice(0, 2),
      [first, first, second],
      [first, second, { ...third, index: 5 }],
      [first, second, { ...third, x: third.x.slice(1) }],
    ]) {
      expect(() => openBlocks(opening, list)).toThrow(ParameterError);
    }
  });
});

describe('lagrangeCoefficients', () => {
  it('interpolate Δ·f(0) for every polynomial of lower degree', () => {
    const cases = fc.integer({ min: 2, max: 16 }).chain((l) =>
      fc.record({
        l: fc.constant(l),
        indices: fc.uniqueArray(fc.integer({ min: 1, max: l }), { minLength: 1 }),
        coefficients: fc.array(fc.bigInt(-(10n ** 9n), 10n ** 9n), {
          minLength: 16,
          maxLength: 16,
        }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ l, indices, coefficients }) => {
        const delta = Array.from({ length: l }, (_unused, k) => BigInt(k + 1)).reduce(
          (product, factor) => product * factor,
        );
        const f = (at: number): bigint =>
          indices.reduce(
            (sum, _index, power) => sum + (coefficients[power] ?? 0n) * BigInt(at) ** BigInt(power),
            0n,
          );
        const lambdas = lagrangeCoefficients(indices, delta);
        const sum = indices.reduce(
          (total, index, position) => total + (lambdas[position] ?? 0n) * f(index),
          0n,
        );
        expect(sum).toBe(delta * f(0));
      }),
    );
  });
});
