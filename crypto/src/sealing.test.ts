import fc from 'fast-check';
import nacl from 'tweetnacl';

import { EncodingError, ParameterError } from './errors.js';
import { generateSealingKeyPair, open, requireUsableRecipientKey, seal } from './sealing.js';

const recipient = generateSealingKeyPair();
const message = new TextEncoder().encode('forty-two');

describe('seal', () => {
  it('is undone by open and never gives the same bytes twice', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const sealed = seal(bytes, recipient.publicKey);
        expect(sealed).toHaveLength(72 + bytes.length);
        expect(open(sealed, recipient.secretKey)).toEqual(bytes);
        expect(seal(bytes, recipient.publicKey)).not.toEqual(sealed);
      }),
      { numRuns: 10 },
    );
  });

  it('refuses a recipient key of another length', () => {
    expect(() => seal(message, recipient.publicKey.slice(1))).toThrow(ParameterError);
  });

  it('refuses a recipient key that makes the shared secret zero, whatever the secret key', () => {
    const one = Uint8Array.of(1, ...new Uint8Array(31));
    expect(nacl.scalarMult(recipient.secretKey, one)).toEqual(new Uint8Array(32));
    expect(() => seal(message, one)).toThrow(ParameterError);
    expect(() => {
      requireUsableRecipientKey(one);
    }).toThrow(ParameterError);
    expect(() => {
      requireUsableRecipientKey(recipient.publicKey);
    }).not.toThrow();
  });
});

describe('open', () => {
  it('refuses sealed bytes with any byte changed, cut or added', () => {
    const sealed = seal(message, recipient.publicKey);
    for (const position of sealed.keys()) {
      const changed = sealed.slice();
      changed[position] = (changed[position] ?? 0) ^ 1;
      expect(() => open(changed, recipient.secretKey)).toThrow(EncodingError);
    }
    for (const length of [0, 31, 71, 72, sealed.length - 1]) {
      expect(() => open(sealed.slice(0, length), recipient.secretKey)).toThrow(EncodingError);
    }
    expect(() => open(Uint8Array.of(...sealed, 0), recipient.secretKey)).toThrow(EncodingError);
  });

  it('refuses a nonce that the sender chose, although the box opens', () => {
    const ephemeral = generateSealingKeyPair();
    const nonce = new Uint8Array(24).fill(7);
    const box = nacl.box(message, nonce, recipient.publicKey, ephemeral.secretKey);
    const sealed = Uint8Array.of(...ephemeral.publicKey, ...nonce, ...box);
    expect(() => open(sealed, recipient.secretKey)).toThrow(EncodingError);
  });

  it('refuses another recipient', () => {
    const other = generateSealingKeyPair();
    expect(() => open(seal(message, recipient.publicKey), other.secretKey)).toThrow(EncodingError);
    expect(() => open(seal(message, recipient.publicKey), new Uint8Array(3))).toThrow(
      ParameterError,
    );
  });
});
