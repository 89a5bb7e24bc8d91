import fc from 'fast-check';

import { generateKeyCeremony } from './ceremony.js';
import {
  addCiphertexts,
  type Ciphertext,
  decodeCiphertext,
  decodeCiphertexts,
  encodeCiphertext,
  multiplyCiphertext,
  requireValidCiphertexts,
  shiftCiphertext,
} from './ciphertext.js';
import { createEncryptor, openCiphertext } from './encryption.js';
import { EncodingError, ParameterError } from './errors.js';
import { bigintToBytes } from './integer-encoding.js';
import { decodePublicKey, type PublicKey } from './public-key.js';

let key: PublicKey;
let encrypt: (message: bigint, alpha: bigint) => Ciphertext;

beforeAll(async () => {
  const { record } = await generateKeyCeremony({
    modulusBits: 512,
    l: 2,
    t: 2,
    insecureTestKey: true,
  });
  key = decodePublicKey(record);
  const encryptor = createEncryptor(key, { expectedCount: 100 });
  encrypt = (message, alpha) => encryptor.encrypt(message, alpha);
});

const messages = fc.bigInt({ min: -(1n << 200n), max: 1n << 200n });
const alphas = fc.bigInt({ min: 0n, max: (1n << 254n) - 1n });

describe('operations on ciphertexts', () => {
  it('add plaintexts, as the exponents add', () => {
    fc.assert(
      fc.property(messages, messages, alphas, alphas, (left, right, alpha, beta) => {
        const sum = addCiphertexts(key, encrypt(left, alpha), encrypt(right, beta));
        expect(openCiphertext(key, sum, alpha + beta)).toBe(left + right);
      }),
      { numRuns: 20 },
    );
  });

  it('multiply by integers of both signs', () => {
    fc.assert(
      fc.property(messages, alphas, fc.bigInt(-1000n, 1000n), (message, alpha, factor) => {
        const product = multiplyCiphertext(key, encrypt(message, alpha), factor);
        expect(openCiphertext(key, product, factor * alpha)).toBe(factor * message);
        expect(product).toBe(key.paillier.multiply(encrypt(message, alpha), factor));
      }),
      { numRuns: 20 },
    );
  });

  it('shift', () => {
    const shifted = shiftCiphertext(key, encrypt(-5n, 11n), 70);
    expect(openCiphertext(key, shifted, 11n << 70n)).toBe(-5n << 70n);
    for (const bits of [-1, 0.5]) {
      expect(() => shiftCiphertext(key, encrypt(1n, 1n), bits)).toThrow(ParameterError);
    }
  });
});

describe('bytes of a ciphertext', () => {
  it('come back', () => {
    fc.assert(
      fc.property(messages, alphas, (message, alpha) => {
        const bytes = encodeCiphertext(key, encrypt(message, alpha));
        expect(bytes).toHaveLength(128);
        expect(decodeCiphertext(key, bytes)).toBe(encrypt(message, alpha));
      }),
      { numRuns: 20 },
    );
  });

  it('are refused outside [1, n squared), at other lengths and with a factor of n', () => {
    const encode = (value: bigint) => bigintToBytes(value, 128);
    for (const value of [0n, key.n2, key.n2 + 1n, key.n, 5n * key.n]) {
      expect(() => decodeCiphertext(key, encode(value))).toThrow(EncodingError);
    }
    expect(decodeCiphertext(key, encode(key.n2 - 1n))).toBe(key.n2 - 1n);
    for (const length of [0, 127, 129]) {
      expect(() => decodeCiphertext(key, new Uint8Array(length).fill(1))).toThrow(EncodingError);
    }
  });

  it('are refused when one of many is invalid', () => {
    const valid = [1n, 2n, 3n].map((message) => encodeCiphertext(key, encrypt(message, message)));
    expect(decodeCiphertexts(key, valid)).toEqual([1n, 2n, 3n].map((x) => encrypt(x, x)));
    const invalid = bigintToBytes(7n * key.n, 128);
    expect(() => decodeCiphertexts(key, [...valid, invalid])).toThrow(EncodingError);
  });
});

describe('requireValidCiphertexts', () => {
  it('accepts none, and refuses any invalid one', () => {
    expect(requireValidCiphertexts(key, [])).toEqual([]);
    for (const invalid of [0n, -1n, key.n2, key.n]) {
      expect(() => requireValidCiphertexts(key, [1n, invalid, 2n])).toThrow(EncodingError);
    }
  });
});
