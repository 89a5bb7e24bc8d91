import { scryptSync } from 'node:crypto';

import nacl from 'tweetnacl';

import { decodeCanonicalJson, encodeCanonicalJson } from './canonical-json.js';
import { EncodingError } from './errors.js';
import { decodeKeyStore, encodeKeyStore } from './key-store.js';
import { scrypt as native } from './platform/node/scrypt.js';
import { scrypt as portable } from './platform/portable/scrypt.js';

const secret = new TextEncoder().encode('a key share');
const passphrase = 'correct horse, battery ﬁlled';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('encodeKeyStore', () => {
  it('gives what an independent scrypt and secretbox open', async () => {
    const store = decodeCanonicalJson(await encodeKeyStore(secret, passphrase)) as Record<
      'salt' | 'nonce' | 'box',
      string
    >;
    const key = scryptSync('correct horse, battery filled', Buffer.from(store.salt, 'hex'), 32, {
      N: 131_072,
      r: 8,
      p: 1,
      maxmem: 2 ** 28,
    });
    const box = Uint8Array.from(Buffer.from(store.box, 'hex'));
    const nonce = Uint8Array.from(Buffer.from(store.nonce, 'hex'));
    expect(nacl.secretbox.open(box, nonce, Uint8Array.from(key))).toEqual(secret);
    expect(store.salt).toHaveLength(32);
  });

  it('never gives the same bytes twice and opens them again', async () => {
    const [first, second] = await Promise.all([
      encodeKeyStore(secret, passphrase),
      encodeKeyStore(secret, passphrase),
    ]);
    expect(first).not.toEqual(second);
    expect(await decodeKeyStore(first, passphrase)).toEqual(secret);
  });

  it('refuses an empty passphrase', async () => {
    await expect(encodeKeyStore(secret, '')).rejects.toThrow(EncodingError);
  });
});

describe('decodeKeyStore', () => {
  let store: Uint8Array;
  beforeAll(async () => {
    store = await encodeKeyStore(secret, passphrase);
  });

  it('says that it stays locked under another passphrase, and the queue goes on', async () => {
    await expect(decodeKeyStore(store, 'another')).rejects.toMatchObject({
      code: 'KEY_STORE_LOCKED',
    });
    expect(await decodeKeyStore(store, passphrase)).toEqual(secret);
  });

  it.each(['box', 'nonce', 'salt'])('stays locked with another %s', async (field) => {
    const envelope = decodeCanonicalJson(store) as Record<string, string>;
    const value = envelope[field] ?? '';
    const last = value.endsWith('0') ? '1' : '0';
    const changed = encodeCanonicalJson({ ...envelope, [field]: value.slice(0, -1) + last });
    await expect(decodeKeyStore(encode(changed), passphrase)).rejects.toMatchObject({
      code: 'KEY_STORE_LOCKED',
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['another format', { format: 'veilsum-key-store/2' }],
    ['less work', { kdf: { algorithm: 'scrypt', n: 1024, p: 1, r: 8 } }],
    ['more work', { kdf: { algorithm: 'scrypt', n: 2 ** 30, p: 1, r: 8 } }],
    ['a further field', { comment: '' }],
    ['a short salt', { salt: '00' }],
    ['a nonce that is no text', { nonce: 1 }],
    ['a box in upper case', { box: 'AB' }],
  ])('refuses %s without deriving a key', async (_name, change) => {
    const envelope = decodeCanonicalJson(store) as Record<string, unknown>;
    const changed = encode(encodeCanonicalJson({ ...envelope, ...change }));
    await expect(decodeKeyStore(changed, passphrase)).rejects.toMatchObject({
      code: 'ENCODING_INVALID',
    });
  });

  it.each(['', 'null', '[]', '{}', 'not JSON'])('refuses %j', async (text) => {
    await expect(decodeKeyStore(encode(text), passphrase)).rejects.toThrow(EncodingError);
  });
});

describe('the two platforms', () => {
  it('derive the same key', async () => {
    const cost = { n: 1024, r: 8, p: 1 };
    const derived = await native(encode('pass'), encode('salt'), { cost, length: 32 });
    expect(await portable(encode('pass'), encode('salt'), { cost, length: 32 })).toEqual(derived);
  });
});
