import { PublicKey as PaillierPublicKey } from 'paillier-bigint';
import fc from 'fast-check';

import { generateKeyCeremony } from './ceremony.js';
import type { Ciphertext } from './ciphertext.js';
import { createEncryptor, openCiphertext } from './encryption.js';
import { ParameterError, ProofError } from './errors.js';
import { bitLength } from './integer-encoding.js';
import { modularPower } from './modular-power.js';
import { decodePublicKey, type PublicKey } from './public-key.js';

let key: PublicKey;

beforeAll(async () => {
  const { record } = await generateKeyCeremony({
    modulusBits: 512,
    l: 2,
    t: 2,
    insecureTestKey: true,
  });
  key = decodePublicKey(record);
});

describe('createEncryptor', () => {
  it("gives what another library's encryption with the same randomness gives", () => {
    // hs is an n-th power mod n², but of h that nobody else knows; hs^alpha times 1 stands for r^n.
    const encryptor = createEncryptor(key, { expectedCount: 300 });
    const oracle = new PaillierPublicKey(key.n, key.n + 1n);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(1n << 500n), max: 1n << 500n }),
        fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
        (message, alpha) => {
          const trivial = oracle.encrypt(((message % key.n) + key.n) % key.n, 1n);
          const randomness = modularPower(key.n2).power(key.hs, alpha);
          expect(encryptor.encrypt(message, alpha)).toBe((trivial * randomness) % key.n2);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('takes plaintexts up to n / 2 of both signs and none beyond', () => {
    const encryptor = createEncryptor(key, { expectedCount: 1 });
    const largest = (key.n - 1n) / 2n;
    for (const message of [largest, -largest, 0n]) {
      expect(openCiphertext(key, encryptor.encrypt(message, 9n), 9n)).toBe(message);
    }
    for (const message of [largest + 1n, -largest - 1n, key.n]) {
      expect(() => encryptor.encrypt(message, 9n)).toThrow(ParameterError);
    }
  });

  it('names no plaintext in its error', () => {
    const encryptor = createEncryptor(key, { expectedCount: 1 });
    const secret = key.n + 424_242n;
    expect(() => encryptor.encrypt(secret, 1n)).toThrow(/^(?!.*\d{4})/u);
  });

  it.each([
    ['veilsum-contribution/1', 256],
    ['veilsum-blinding/1', 384],
  ] as const)('uses exponents of %s', (format, bits) => {
    for (const expectedCount of [1, 300]) {
      const encryptor = createEncryptor(key, { expectedCount, format });
      expect(encryptor.exponentBits).toBe(bits);
      expect(() => encryptor.encrypt(1n, 1n << BigInt(bits))).toThrow(ParameterError);
      expect(() => encryptor.encrypt(1n, -1n)).toThrow(ParameterError);
      const alphas = Array.from({ length: 50 }, () => encryptor.generateAlpha());
      expect(Math.max(...alphas.map(bitLength))).toBe(bits);
      expect(new Set(alphas).size).toBe(50);
    }
  });

  it('says how many multiplications one encryption takes', () => {
    expect(createEncryptor(key, { expectedCount: 1 }).multiplications).toBe(1);
    expect(createEncryptor(key, { expectedCount: 3000 }).multiplications).toBeLessThan(34);
  });
});

describe('openCiphertext', () => {
  it('refuses another exponent', () => {
    const ciphertext = createEncryptor(key, { expectedCount: 1 }).encrypt(3n, 1000n);
    expect(openCiphertext(key, ciphertext, 1000n)).toBe(3n);
    expect(() => openCiphertext(key, ciphertext, 1001n)).toThrow(ProofError);
    const other = ((ciphertext * 2n) % key.n2) as Ciphertext;
    expect(() => openCiphertext(key, other, 1000n)).toThrow(ProofError);
  });
});
