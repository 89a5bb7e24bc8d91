import { atRestUnder } from './at-rest.js';

const key = new Uint8Array(32).fill(7);
const plaintext = new TextEncoder().encode('noise');

test('what is closed opens under its name, key and purpose only', () => {
  const store = atRestUnder(key, 'queries');
  const closed = store.close('a', plaintext);
  expect(store.open('a', closed)).toEqual(plaintext);
  expect(Buffer.from(closed).includes(Buffer.from(plaintext))).toBe(false);
  expect(store.close('a', plaintext)).not.toEqual(closed);
  const refused = expect.objectContaining({ code: 'STATE_FOLDER_INVALID' }) as Error;
  expect(() => store.open('b', closed)).toThrow(refused);
  expect(() => atRestUnder(key, 'other').open('a', closed)).toThrow(refused);
  expect(() => atRestUnder(new Uint8Array(32), 'queries').open('a', closed)).toThrow(refused);
  for (let i = 0; i < closed.length; i += 1) {
    const altered = Uint8Array.from(closed);
    altered[i] = (altered[i] ?? 0) ^ 1;
    expect(() => store.open('a', altered)).toThrow(refused);
  }
  expect(() => store.open('a', closed.subarray(0, 20))).toThrow(refused);
});
