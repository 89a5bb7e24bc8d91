import { generateKeyCeremony } from './ceremony.js';
import type { Ciphertext } from './ciphertext.js';
import { createEncryptor } from './encryption.js';
import { ParameterError } from './errors.js';
import { partiallyDecrypt } from './partial-decryption.js';
import type { PartialDecryptionStatement } from './partial-decryption-proof.js';
import { provePartialDecryption, verifyPartialDecryption } from './partial-decryption-proof.js';
import { decodePublicKey } from './public-key.js';

let statement: PartialDecryptionStatement & { readonly finals: readonly Ciphertext[] };
let share: bigint;
let otherShare: bigint;

beforeAll(async () => {
  const { record, shares } = await generateKeyCeremony({
    modulusBits: 512,
    l: 3,
    t: 2,
    insecureTestKey: true,
  });
  const key = decodePublicKey(record);
  const encryptor = createEncryptor(key, { expectedCount: 3, format: 'veilsum-blinding/1' });
  const finals = [1n, -2n, 3n].map((message) =>
    encryptor.encrypt(message, encryptor.generateAlpha()),
  );
  [, share = 0n, otherShare = 0n] = shares.map(({ value }) => value);
  const x = partiallyDecrypt({ key, share, finals });
  statement = { key, index: 2, planHash: '12'.repeat(32), attempt: 4, finals, x };
});

describe('provePartialDecryption', () => {
  it('convinces with fresh randomness each time', () => {
    const [first, second] = [1, 2].map(() => provePartialDecryption({ ...statement, share }));
    expect(first).not.toEqual(second);
    expect(verifyPartialDecryption({ ...statement, proof: first })).toBe(true);
    expect(verifyPartialDecryption({ ...statement, proof: second })).toBe(true);
  });

  it('refuses no blocks, a missing x and an index of no keyholder', () => {
    for (const change of [
      { finals: [], x: [] },
      { x: statement.x.slice(1) },
      { index: 0 },
      { index: 4 },
      { index: 1.5 },
      { attempt: 0 },
    ]) {
      expect(() => provePartialDecryption({ ...statement, share, ...change })).toThrow(
        ParameterError,
      );
    }
  });
});

describe('verifyPartialDecryption', () => {
  it('binds every field of the statement', () => {
    const { key, finals, x } = statement;
    const proof = provePartialDecryption({ ...statement, share });
    const { n, n2 } = key;
    const [block = 0n, ...otherBlocks] = finals;
    const [part = 0n, ...otherParts] = x;
    const changes: Partial<PartialDecryptionStatement>[] = [
      { index: 1 },
      { index: 0 },
      { index: 4 },
      { attempt: 5 },
      { attempt: 0 },
      { attempt: 2 ** 32 },
      { planHash: '34'.repeat(32) },
      { planHash: '' },
      { finals: [(block * (1n + n)) % n2, ...otherBlocks] },
      { finals: [n2 - block, ...otherBlocks] },
      { finals: [block + n2, ...otherBlocks] },
      { finals: [0n, ...otherBlocks] },
      { finals: finals.toReversed(), x: x.toReversed() },
      { finals: [...finals, block], x: [...x, part] },
      { finals: otherBlocks, x: otherParts },
      { finals: [], x: [] },
      { x: [n - part, ...otherParts] },
      { x: [part + n, ...otherParts] },
      { x: [0n, ...otherParts] },
      { x: [(part * 4n) % n, ...otherParts] },
      { x: otherParts },
      { x: x.toReversed() },
    ];
    for (const change of changes) {
      expect(verifyPartialDecryption({ ...statement, ...change, proof })).toBe(false);
    }
  });

  it('binds every field of the proof', () => {
    const { n } = statement.key;
    const proof = provePartialDecryption({ ...statement, share });
    const hex = (value: bigint): string => value.toString(16);
    const [a1, a2, z] = [proof.a1, proof.a2, proof.z].map((field) => BigInt(`0x${field}`));
    for (const changed of [
      { ...proof, a1: hex(n - (a1 ?? 0n)) },
      { ...proof, a1: hex(n + (a1 ?? 0n)) },
      { ...proof, a1: '0' },
      { ...proof, a2: hex(n - (a2 ?? 0n)) },
      { ...proof, a2: '0' },
      { ...proof, a1: proof.a2, a2: proof.a1 },
      { ...proof, z: hex((z ?? 0n) + 1n) },
      { ...proof, z: `-${proof.z}` },
      { ...proof, z: `0${proof.z}` },
      { ...proof, z: proof.z.toUpperCase() + 'F' },
      { ...proof, z: `f${'0'.repeat(200)}${proof.z}` },
      { ...proof, extra: '1' },
      { a1: proof.a1, a2: proof.a2 },
      null,
      'proof',
      undefined,
    ]) {
      expect(verifyPartialDecryption({ ...statement, proof: changed })).toBe(false);
    }
  });

  it('refuses a proof made with another share, even when x was made with it too', () => {
    const { key, finals } = statement;
    const own = provePartialDecryption({ ...statement, share: otherShare });
    expect(verifyPartialDecryption({ ...statement, proof: own })).toBe(false);
    const x = partiallyDecrypt({ key, share: otherShare, finals });
    const both = provePartialDecryption({ ...statement, x, share: otherShare });
    expect(verifyPartialDecryption({ ...statement, x, proof: both })).toBe(false);
    expect(verifyPartialDecryption({ ...statement, index: 3, x, proof: both })).toBe(false);
    const asThird = provePartialDecryption({ ...statement, index: 3, x, share: otherShare });
    expect(verifyPartialDecryption({ ...statement, index: 3, x, proof: asThird })).toBe(true);
  });

  it('accepts a negated x that was proved, which combining squares away', () => {
    const { key, x } = statement;
    const negated = { ...statement, x: x.map((part) => key.n - part) };
    const proof = provePartialDecryption({ ...negated, share });
    expect(verifyPartialDecryption({ ...negated, proof })).toBe(true);
  });
});
