import fc from 'fast-check';

import { compareKeys } from './composite-key.js';
import { OverlayView, validate, type StateView, type VersionedEntry } from './state-view.js';

const start = { block: 1, transaction: 0 };

/** A state without a database, as plain as can be. */
function stateOf(entries: Readonly<Record<string, string>>): StateView {
  const all: VersionedEntry[] = Object.entries(entries)
    .map(([key, value]) => ({ key, value, version: start }))
    .sort((left, right) => compareKeys(left.key, right.key));
  return {
    get: (key) => all.find((entry) => entry.key === key),
    range: ({ startKey, endKey }) =>
      Promise.resolve(
        all.filter(({ key }) => compareKeys(key, startKey) >= 0 && compareKeys(key, endKey) < 0),
      ),
    history: () => Promise.resolve([]),
  };
}

// Above U+FFFF the order of UTF-8 and that of JavaScript differ.
const key = fc.constantFrom('a', 'b', 'c', '\uFF00', '\u{10400}', '\u{10FFFE}');
const write = fc.record({ key, value: fc.option(fc.string({ minLength: 1 })) });

describe('a state with writes on top', () => {
  test('reads and ranges like a state that has them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(key, fc.string({ minLength: 1 })),
        fc.array(write, { maxLength: 12 }),
        key,
        key,
        async (base, writes, startKey, endKey) => {
          const view = new OverlayView(stateOf(base));
          const expected = new Map(Object.entries(base));
          writes.forEach(({ key: written, value }, transaction) => {
            view.apply([{ key: written, value }], { block: 2, transaction });
            if (value === null) expected.delete(written);
            else expected.set(written, value);
          });
          const oracle = stateOf(Object.fromEntries(expected));
          const plain = (entries: readonly VersionedEntry[]) =>
            entries.map((entry) => [entry.key, entry.value]);
          expect(plain(await view.range({ startKey, endKey }))).toEqual(
            plain(await oracle.range({ startKey, endKey })),
          );
          expect(view.get(startKey)?.value).toBe(expected.get(startKey));
        },
      ),
    );
  });
});

describe('validation', () => {
  const state = stateOf({ a: '1', b: '2' });
  const other = { block: 1, transaction: 1 };
  const nothing = { reads: [], ranges: [], writes: [] };
  const seen = (...versions: (typeof start)[]) => ({
    ...nothing,
    ranges: [
      {
        startKey: 'a',
        endKey: 'c',
        results: versions.map((version, index) => ({ key: index === 0 ? 'a' : 'b', version })),
      },
    ],
  });

  test.each([
    ['what is as it was read', { ...nothing, reads: [{ key: 'a', version: start }] }, 'VALID'],
    ['what is absent still', { ...nothing, reads: [{ key: 'z', version: null }] }, 'VALID'],
    [
      'another version',
      { ...nothing, reads: [{ key: 'a', version: other }] },
      'MVCC_READ_CONFLICT',
    ],
    ['what appeared', { ...nothing, reads: [{ key: 'a', version: null }] }, 'MVCC_READ_CONFLICT'],
    ['what went', { ...nothing, reads: [{ key: 'z', version: start }] }, 'MVCC_READ_CONFLICT'],
    ['a range as it was', seen(start, start), 'VALID'],
    ['a key that appeared in a range', seen(start), 'PHANTOM_READ_CONFLICT'],
    ['a key that changed in a range', seen(start, other), 'PHANTOM_READ_CONFLICT'],
  ])('sees %s', async (_name, set, code) => {
    expect(await validate(set, state)).toBe(code);
  });
});
