import { readdirSync } from 'node:fs';

import { furtherFolder, vectorFiles, vectorKey, vectorNameOf } from './vector-files.js';

describe('vector files', () => {
  it('go by the longest name that fits', () => {
    expect(vectorNameOf('proof.json')).toBe('proof');
    expect(vectorNameOf('plaintext-proof-2.json')).toBe('plaintext-proof');
    expect(vectorNameOf('key-record.json')).toBe('key-record');
    expect(vectorNameOf('unheard-of.json')).toBeUndefined();
  });

  it('know where their keys are', () => {
    const [file] = vectorFiles('encryption');
    if (file === undefined) throw new Error('encryption.json is missing.');
    expect(vectorKey(file, '512-3-2').record['modulusBits']).toBe(512);
    expect(() => vectorKey(file, '511-0-0')).toThrow('511-0-0');
  });

  it('leave none of the further folder unread', () => {
    const folder = furtherFolder();
    const files = folder === undefined ? [] : readdirSync(folder);
    const unread = files.filter(
      (file) => file.endsWith('.json') && vectorNameOf(file) === undefined,
    );
    expect(unread).toEqual([]);
  });
});
