import {
  bytesToHex,
  canonicalBytes,
  decodeCanonicalJson,
  EncodingError,
  encodeCanonicalJson,
  hashCanonicalJson,
  hexToBytes,
} from '@veilsum/crypto';

import { vectorFiles } from './vector-files.js';

type Case =
  | {
      kind: 'accepted';
      value: unknown;
      canonicalJson: string;
      bytes: string;
      sha256: string;
    }
  | { kind: 'refused'; text: string | null; bytes: string };

describe.each(vectorFiles<Case>('canonical-json'))('$name', ({ cases }) => {
  it.each(cases)('$kind $bytes', (entry) => {
    const bytes = hexToBytes(entry.bytes);
    if (entry.kind === 'refused') {
      expect(() => decodeCanonicalJson(bytes)).toThrow(EncodingError);
      const { text } = entry;
      if (text !== null) expect(() => decodeCanonicalJson(text)).toThrow(EncodingError);
      return;
    }
    expect(encodeCanonicalJson(entry.value)).toBe(entry.canonicalJson);
    expect(bytesToHex(canonicalBytes(entry.value))).toBe(entry.bytes);
    expect(hashCanonicalJson(entry.value)).toBe(entry.sha256);
    expect(decodeCanonicalJson(bytes)).toEqual(entry.value);
  });
});
