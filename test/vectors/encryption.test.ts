import { modInv } from 'bigint-crypto-utils';
import { PrivateKey } from 'paillier-bigint';

import {
  addCiphertexts,
  type Ciphertext,
  decodeCiphertext,
  encodeCiphertext,
  multiplyCiphertext,
  shiftCiphertext,
} from '../../crypto/src/ciphertext.js';
import {
  createEncryptor,
  type EncryptionFormat,
  openCiphertext,
} from '../../crypto/src/encryption.js';
import { EncodingError, ParameterError } from '../../crypto/src/errors.js';
import { bytesToHex, hexToBytes } from '../../crypto/src/integer-encoding.js';
import { decodePublicKey, type PublicKey } from '../../crypto/src/public-key.js';
import { signedHex, type VectorFile, vectorFiles, vectorKey } from './vector-files.js';

interface EncryptionCase {
  readonly key: string;
  readonly kind: string;
  readonly message?: string;
  readonly alpha?: string;
  readonly ciphertext?: string;
  readonly bytes?: string;
  readonly left?: string;
  readonly right?: string;
  readonly operand?: string;
  readonly factor?: number;
  readonly bits?: number;
}

/** A field that this kind of case must have. */
function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A case lacks a field of its kind.');
  return value;
}

const integer = (text: string | undefined): bigint => signedHex(need(text));
const ciphertext = (text: string | undefined): Ciphertext => integer(text) as Ciphertext;

interface KeyPair {
  readonly key: PublicKey;
  /** The oracle: another library's decryption, centred. */
  readonly decrypt: (ciphertext: bigint) => bigint;
}

function keyPair(file: VectorFile<EncryptionCase>, name: string): KeyPair {
  const vector = vectorKey(file, name);
  const key = decodePublicKey(vector.record);
  const [p, q] = [signedHex(vector.p), signedHex(vector.q)];
  const lambda = ((p - 1n) * (q - 1n)) / 2n;
  const privateKey = new PrivateKey(lambda, modInv(lambda, key.n), key.paillier, p, q);
  return {
    key,
    decrypt: (value) => {
      const residue = privateKey.decrypt(value);
      return 2n * residue > key.n ? residue - key.n : residue;
    },
  };
}

function expectEncryption(pair: KeyPair, vector: EncryptionCase, format: EncryptionFormat): void {
  const { key } = pair;
  const [message, alpha] = [integer(vector.message), integer(vector.alpha)];
  for (const expectedCount of [1, 500]) {
    const made = createEncryptor(key, { expectedCount, format }).encrypt(message, alpha);
    expect(made).toBe(integer(vector.ciphertext));
    expect(bytesToHex(encodeCiphertext(key, made))).toBe(vector.bytes);
    expect(openCiphertext(key, made, alpha)).toBe(message);
  }
  const decoded = decodeCiphertext(key, hexToBytes(need(vector.bytes)));
  expect(pair.decrypt(decoded)).toBe(message);
}

function expectResult(pair: KeyPair, vector: EncryptionCase, made: Ciphertext): void {
  expect(made).toBe(integer(vector.ciphertext));
  expect(pair.decrypt(made)).toBe(integer(vector.message));
}

function expectRefusal(
  pair: KeyPair,
  format: EncryptionFormat,
  message: bigint,
  alpha: bigint,
): void {
  for (const expectedCount of [1, 500]) {
    const encryptor = createEncryptor(pair.key, { expectedCount, format });
    expect(() => encryptor.encrypt(message, alpha)).toThrow(ParameterError);
  }
}

const checks: Readonly<Record<string, (pair: KeyPair, vector: EncryptionCase) => void>> = {
  encrypt: (pair, vector) => {
    expectEncryption(pair, vector, 'veilsum-contribution/1');
  },
  'encrypt-blinding': (pair, vector) => {
    expectEncryption(pair, vector, 'veilsum-blinding/1');
  },
  add: (pair, vector) => {
    const { left, right } = vector;
    expectResult(pair, vector, addCiphertexts(pair.key, ciphertext(left), ciphertext(right)));
  },
  scalar: (pair, vector) => {
    const factor = BigInt(need(vector.factor));
    expectResult(pair, vector, multiplyCiphertext(pair.key, ciphertext(vector.operand), factor));
  },
  shift: (pair, vector) => {
    const { operand, bits } = vector;
    expectResult(pair, vector, shiftCiphertext(pair.key, ciphertext(operand), need(bits)));
  },
  invalid: ({ key }, vector) => {
    expect(() => decodeCiphertext(key, hexToBytes(need(vector.bytes)))).toThrow(EncodingError);
  },
  'invalid-plaintext': (pair, vector) => {
    expectRefusal(pair, 'veilsum-contribution/1', integer(vector.message), 1n);
  },
  'invalid-alpha': (pair, vector) => {
    expectRefusal(pair, 'veilsum-contribution/1', 1n, integer(vector.alpha));
  },
  'invalid-blinding-alpha': (pair, vector) => {
    expectRefusal(pair, 'veilsum-blinding/1', 1n, integer(vector.alpha));
  },
};

describe.each(vectorFiles<EncryptionCase>('encryption'))('$name', (file) => {
  const named = file.cases.map((vector, index) => ({ ...vector, index }));
  const pairs = new Map<string, KeyPair>();

  it.each(named)('$index $kind under $key', (vector) => {
    const pair = pairs.get(vector.key) ?? keyPair(file, vector.key);
    pairs.set(vector.key, pair);
    need(checks[vector.kind])(pair, vector);
  });
});
