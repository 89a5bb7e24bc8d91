import { generateKeyPairSync, verify } from 'node:crypto';

import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';

import { canonicalBytes } from './canonical-json.js';
import { decodeDerSignature, encodeDerSignature } from './der-signature.js';
import { EncodingError } from './errors.js';
import { ecdsa as native } from './platform/node/ecdsa.js';
import { ecdsa as portable } from './platform/portable/ecdsa.js';
import { createSigner, normalizeLowS, signObject, verifyBytes, verifyObject } from './signature.js';

const order = p256.Point.Fn.ORDER;
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }));
const pkcs8 = new Uint8Array(pair.privateKey.export({ type: 'pkcs8', format: 'der' }));
const sign = createSigner(pkcs8);
const object = { format: 'veilsum-test/1', amount: 3 };

describe('signObject', () => {
  it('gives signatures that are always low-S, minimal and accepted by OpenSSL', () => {
    for (let count = 0; count < 50; count += 1) {
      const signed = { ...object, count };
      const signature = signObject(signed, sign);
      expect(2n * decodeDerSignature(signature).s).toBeLessThan(order);
      expect(verify('sha256', canonicalBytes(signed), pair.publicKey, signature)).toBe(true);
      expect(verifyObject(signed, signature, spki)).toBe(true);
    }
  });

  it('signs the canonical bytes', () => {
    const signature = signObject(object, sign);
    expect(verifyBytes(canonicalBytes(object), signature, spki)).toBe(true);
    expect(verifyBytes(new Uint8Array(0), signature, spki)).toBe(false);
  });

  it('signs what a PEM key says as well', () => {
    const fromPem = createSigner(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(verifyObject(object, signObject(object, fromPem), pem)).toBe(true);
  });

  it('refuses an object without a format', () => {
    expect(() => signObject({ amount: 3 } as never, sign)).toThrow(EncodingError);
    expect(() => signObject({ format: '' }, sign)).toThrow(EncodingError);
    expect(() => signObject(null as never, sign)).toThrow(EncodingError);
  });
});

describe('verifyObject', () => {
  const signature = signObject(object, sign);

  it('refuses another object, another key and any changed byte', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    expect(verifyObject({ ...object, amount: 4 }, signature, spki)).toBe(false);
    expect(
      verifyObject(object, signature, other.export({ type: 'spki', format: 'pem' }) as string),
    ).toBe(false);
    for (const position of signature.keys()) {
      const changed = signature.slice();
      changed[position] = (changed[position] ?? 0) ^ 1;
      expect(verifyObject(object, changed, spki)).toBe(false);
    }
    expect(verifyObject(object, new Uint8Array(0), spki)).toBe(false);
  });

  it('refuses the same signature with a high S, and normalizeLowS repairs it', () => {
    const { r, s } = decodeDerSignature(signature);
    const high = encodeDerSignature({ r, s: order - s });
    expect(verify('sha256', canonicalBytes(object), pair.publicKey, high)).toBe(true);
    expect(verifyObject(object, high, spki)).toBe(false);
    expect(normalizeLowS(high)).toEqual(signature);
    expect(normalizeLowS(signature)).toEqual(signature);
  });

  it.each([
    [0n, 1n],
    [1n, 0n],
    [order, 1n],
    [1n, order],
  ])('refuses the numbers %p and %p', (r, s) => {
    expect(verifyObject(object, encodeDerSignature({ r, s }), spki)).toBe(false);
    expect(() => normalizeLowS(encodeDerSignature({ r, s }))).toThrow(EncodingError);
  });

  it('refuses a point off the curve, another curve and anything that is no key', () => {
    const offCurve = spki.slice();
    offCurve[90] = (offCurve[90] ?? 0) ^ 1;
    const other = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const secp256k1 = other.publicKey.export({ type: 'spki', format: 'der' });
    for (const key of [offCurve, secp256k1, new Uint8Array(91), 'no key']) {
      expect(verifyObject(object, signature, key)).toBe(false);
    }
    expect(() => createSigner(other.privateKey.export({ type: 'pkcs8', format: 'der' }))).toThrow(
      EncodingError,
    );
    expect(() => createSigner('no key')).toThrow(EncodingError);
  });

  it('answers false for an object without a format or canonical JSON', () => {
    expect(verifyObject({ amount: 3 }, signature, spki)).toBe(false);
    expect(verifyObject({ ...object, amount: 0.5 }, signature, spki)).toBe(false);
    expect(verifyObject(undefined, signature, spki)).toBe(false);
  });
});

describe('the two platforms', () => {
  it('accept each other, message by message', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (message) => {
        const byNative = native.createSigner(pkcs8)(message);
        expect(portable.verify(message, p256Low(byNative), spki)).toBe(true);
        const byPortable = portable.createSigner(pkcs8)(message);
        expect(native.verify(message, byPortable, spki)).toBe(true);
        const changed = Uint8Array.of(...message, 0);
        expect(native.verify(changed, byPortable, spki)).toBe(false);
        expect(portable.verify(changed, byPortable, spki)).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});

/** The raw signature with the lower of s and order - s, by noble. */
function p256Low(raw: Uint8Array): Uint8Array {
  const signature = p256.Signature.fromBytes(raw);
  return signature.hasHighS()
    ? new p256.Signature(signature.r, order - signature.s).toBytes()
    : raw;
}

describe('decodeDerSignature', () => {
  it('undoes the encoding, at every length of the numbers', () => {
    const number = fc
      .integer({ min: 0, max: 256 })
      .chain((bits) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }));
    fc.assert(
      fc.property(number, number, (r, s) => {
        expect(decodeDerSignature(encodeDerSignature({ r, s }))).toEqual({ r, s });
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a sequence of nothing', '3000'],
    ['a length in long form', '30810602010102010100'.slice(0, 18)],
    ['a padded number', '300702020001020101'],
    ['a negative number', '3006020181020101'],
    ['an empty number', '300502000201' + '01'],
    ['another tag', '3106020101020101'],
    ['a number that is no integer', '3006030101020101'],
    ['a length that ends too early', '3005020101020101'],
    ['a trailing byte', '300602010102010100'],
    ['two numbers that overlap the end', '3006020101020201'],
  ])('refuses %s', (_name, hex) => {
    expect(() => decodeDerSignature(Uint8Array.from(Buffer.from(hex, 'hex')))).toThrow(
      EncodingError,
    );
  });

  it('refuses more than the short form of a length can say', () => {
    expect(() => decodeDerSignature(new Uint8Array(1000))).toThrow(EncodingError);
  });
});
