import fc from 'fast-check';
import {
  canonicalBytes,
  decodeCanonicalJson,
  encodeCanonicalJson,
  hashCanonicalJson,
} from './canonical-json.js';
import { EncodingError } from './errors.js';

const text = fc
  .string({ unit: 'binary', maxLength: 6 })
  .filter((value) => value !== '__proto__' && !/\p{Surrogate}/u.test(value));

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
})).value;

/** Sorts by inserting into a Map in code unit order and lets JSON.stringify write leaves only. */
function oracle(value: unknown): string {
  if (Array.isArray(value)) return '[' + value.map(oracle).join(',') + ']';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return '{' + entries.map(([k, v]) => JSON.stringify(k) + ':' + oracle(v)).join(',') + '}';
}

describe('encodeCanonicalJson', () => {
  it('agrees with an independent writer and is undone by decoding', () => {
    fc.assert(
      fc.property(json, (value) => {
        const encoded = encodeCanonicalJson(value);
        expect(encoded).toBe(oracle(value));
        expect(encodeCanonicalJson(decodeCanonicalJson(encoded))).toBe(encoded);
        expect(new TextDecoder().decode(canonicalBytes(value))).toBe(encoded);
      }),
    );
  });

  it('sorts integer-like keys as text and by UTF-16 code unit', () => {
    expect(encodeCanonicalJson({ 9: 1, 10: 2, b: 3, '\ue000': 4, '\u{1f600}': 5 })).toBe(
      '{"10":2,"9":1,"b":3,"\u{1f600}":5,"\ue000":4}',
    );
  });

  it('writes both limits of the safe integers and one zero', () => {
    expect(encodeCanonicalJson([2 ** 53 - 1, -(2 ** 53 - 1), -0])).toBe(
      '[9007199254740991,-9007199254740991,0]',
    );
  });

  it.each([
    ['a fraction', 0.5],
    ['2^53', 2 ** 53],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['undefined', undefined],
    ['an undefined property', { a: undefined }],
    ['a hole', new Array(1)],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(2)],
    ['a map', new Map()],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udfff': 1 }],
    ['a key __proto__', JSON.parse('{"__proto__":1}')],
  ])('refuses %s', (_name, value: unknown) => {
    expect(() => encodeCanonicalJson(value)).toThrow(EncodingError);
  });

  it('accepts objects without a prototype', () => {
    expect(encodeCanonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });
});

describe('decodeCanonicalJson', () => {
  it.each(['{"a":1,"a":1}', '1.0', '-0', '{"b":1,"a":1}', ' 1', '"\\u0041"', '1e2', '', '{'])(
    'refuses %j',
    (source) => {
      expect(() => decodeCanonicalJson(source)).toThrow(EncodingError);
    },
  );

  it('refuses bytes that are not UTF-8, and a byte order mark', () => {
    expect(() => decodeCanonicalJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(EncodingError);
    expect(() => decodeCanonicalJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toThrow(EncodingError);
  });

  it('refuses nesting that would otherwise exhaust the stack', () => {
    const depth = 100_000;
    expect(() => decodeCanonicalJson('['.repeat(depth) + ']'.repeat(depth))).toThrow(EncodingError);
  });

  it('does not repeat the refused text in its message', () => {
    expect(() => decodeCanonicalJson('{"secret')).toThrow(/^(?!.*secret)/);
  });
});

describe('hashCanonicalJson', () => {
  it('is SHA-256 of the canonical bytes', () => {
    expect(hashCanonicalJson({})).toBe(
      '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    );
  });
});
