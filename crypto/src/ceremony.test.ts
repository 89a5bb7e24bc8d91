import { PrivateKey, PublicKey as PaillierPublicKey } from 'paillier-bigint';

import { type CeremonyProgress, dealKey, generateKeyCeremony } from './ceremony.js';
import { encodeCiphertext } from './ciphertext.js';
import { createEncryptor } from './encryption.js';
import { ParameterError } from './errors.js';
import { decodePublicKey, verifyKeyShare } from './public-key.js';
import { generateSafePrimePair } from './safe-prime.js';

describe('generateKeyCeremony', () => {
  it('makes a record that passes its check and a share for every keyholder', async () => {
    const steps: CeremonyProgress[] = [];
    const { record, shares } = await generateKeyCeremony({
      modulusBits: 512,
      l: 5,
      t: 3,
      insecureTestKey: true,
      onProgress: (progress) => steps.push(progress),
    });
    const key = decodePublicKey(record);
    expect(shares.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    for (const { index, value } of shares) expect(verifyKeyShare(key, index, value)).toBe(true);
    expect(record.insecureTestKey).toBe(true);
    expect(record.exponentBits).toBe(256);
    const found = steps.filter(({ step }) => step === 'safe-primes').map(({ done }) => done);
    expect(found).toEqual(found.toSorted((left, right) => left - right));
    expect([...new Set(found)]).toEqual([0, 1, 2]);
    expect(steps.at(-1)).toEqual({ step: 'checking', done: 1, total: 1 });
  });

  it('makes another key every time', async () => {
    const parameters = { modulusBits: 512, l: 2, t: 2, insecureTestKey: true };
    const [left, right] = [
      await generateKeyCeremony(parameters),
      await generateKeyCeremony(parameters),
    ];
    expect(left.record.n).not.toBe(right.record.n);
    expect(left.shares[0]?.value).not.toBe(right.shares[0]?.value);
  });

  it.each([
    { modulusBits: 512, l: 3, t: 2 },
    { modulusBits: 2040, l: 3, t: 2 },
    { modulusBits: 512, l: 3, t: 1, insecureTestKey: true },
    { modulusBits: 512, l: 17, t: 2, insecureTestKey: true },
    { modulusBits: 520, l: 3, t: 2, insecureTestKey: true },
    { modulusBits: 512, l: 3, t: 2, exponentBits: 264, insecureTestKey: true },
    { modulusBits: 512, l: 3, t: 2, exponentBits: 248, insecureTestKey: true },
  ])('refuses %j before it searches for primes', async (parameters) => {
    const steps: CeremonyProgress[] = [];
    const onProgress = (progress: CeremonyProgress): void => {
      steps.push(progress);
    };
    await expect(generateKeyCeremony({ ...parameters, onProgress })).rejects.toThrow(
      ParameterError,
    );
    expect(steps).toEqual([]);
  });
});

describe('dealKey', () => {
  it('makes a Paillier key: another library decrypts with its primes', async () => {
    const [p, q] = await generateSafePrimePair(256);
    const { record } = dealKey(
      { modulusBits: 512, l: 3, t: 2, insecureTestKey: true },
      { p, q, x: 9n, coefficients: [1n] },
    );
    const key = decodePublicKey(record);
    const lambda = ((p - 1n) * (q - 1n)) / 2n;
    const paillier = new PaillierPublicKey(key.n, key.n + 1n);
    const privateKey = new PrivateKey(lambda, modularInverse(lambda, key.n), paillier, p, q);
    const encryptor = createEncryptor(key, { expectedCount: 1 });
    const ciphertext = encryptor.encrypt(-77n, encryptor.generateAlpha());
    expect(encodeCiphertext(key, ciphertext)).toHaveLength(128);
    expect(privateKey.decrypt(ciphertext)).toBe(key.n - 77n);
  });

  it('refuses secrets that do not fit the sizes', async () => {
    const [p, q] = await generateSafePrimePair(256);
    const parameters = { modulusBits: 512, l: 3, t: 2, insecureTestKey: true };
    expect(() => dealKey(parameters, { p, q, x: 2n, coefficients: [] })).toThrow(ParameterError);
    const [short] = await generateSafePrimePair(128);
    expect(() => dealKey(parameters, { p, q: short, x: 2n, coefficients: [1n] })).toThrow(
      ParameterError,
    );
  });
});

/** By Fermat's way of the extended Euclid, written out: the oracle shares no code with the key. */
function modularInverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1] = [modulus, value % modulus];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return ((t0 % modulus) + modulus) % modulus;
}
