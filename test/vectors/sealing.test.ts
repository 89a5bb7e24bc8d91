import {
  bytesToHex,
  decodeCanonicalJson,
  EncodingError,
  hexToBytes,
  open,
  ParameterError,
  requireUsableRecipientKey,
  seal,
  sealingKeyPairOf,
  sha256Hex,
  verifyBytes,
  verifyObject,
} from '@veilsum/crypto';

import { vectorFiles } from './vector-files.js';

type Case =
  | {
      kind: 'seal';
      ephemeralSecretKey: string;
      recipientSecretKey: string;
      recipientPublicKey: string;
      nonce: string;
      message: string;
      sealed: string;
      sealedHash: string;
    }
  | { kind: 'refused'; reason: string; recipientSecretKey: string; sealed: string }
  | { kind: 'refused-recipient'; recipientPublicKey: string }
  | {
      kind: 'signature';
      note: string;
      publicKeySpki: string;
      message: string;
      signature: string;
      accepted: boolean;
    };

function checkSeal(entry: Extract<Case, { kind: 'seal' }>): void {
  const recipient = sealingKeyPairOf(hexToBytes(entry.recipientSecretKey));
  expect(bytesToHex(recipient.publicKey)).toBe(entry.recipientPublicKey);
  const ephemeral = sealingKeyPairOf(hexToBytes(entry.ephemeralSecretKey));
  const sealed = seal(hexToBytes(entry.message), recipient.publicKey, ephemeral);
  expect(bytesToHex(sealed)).toBe(entry.sealed);
  expect(bytesToHex(sealed.slice(32, 56))).toBe(entry.nonce);
  expect(sha256Hex(sealed)).toBe(entry.sealedHash);
  expect(bytesToHex(open(sealed, recipient.secretKey))).toBe(entry.message);
}

function checkSignature(entry: Extract<Case, { kind: 'signature' }>): void {
  const message = hexToBytes(entry.message);
  const signature = hexToBytes(entry.signature);
  const publicKey = hexToBytes(entry.publicKeySpki);
  expect(verifyBytes(message, signature, publicKey)).toBe(entry.accepted);
  if (entry.accepted) {
    expect(verifyObject(decodeCanonicalJson(message), signature, publicKey)).toBe(true);
  }
}

describe.each(vectorFiles<Case>('sealing'))('$name', ({ cases }) => {
  it.each(cases.map((entry, index) => ({ index, entry, kind: entry.kind })))(
    '$kind $index',
    ({ entry }) => {
      if (entry.kind === 'seal') {
        checkSeal(entry);
      } else if (entry.kind === 'signature') {
        checkSignature(entry);
      } else if (entry.kind === 'refused') {
        const secretKey = hexToBytes(entry.recipientSecretKey);
        expect(() => open(hexToBytes(entry.sealed), secretKey)).toThrow(EncodingError);
      } else {
        const publicKey = hexToBytes(entry.recipientPublicKey);
        expect(() => {
          requireUsableRecipientKey(publicKey);
        }).toThrow(ParameterError);
        expect(() => seal(new Uint8Array(1), publicKey)).toThrow(ParameterError);
      }
    },
  );
});
