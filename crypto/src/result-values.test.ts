import { generateKeyCeremony } from './ceremony.js';
import { requiredBlocks } from './blinding.js';
import { EncodingError, ParameterError } from './errors.js';
import { layoutFor } from './layout.js';
import { packStrip } from './packing.js';
import type { PublicKey } from './public-key.js';
import { decodePublicKey } from './public-key.js';
import { decodeResultValues } from './result-values.js';

let key: PublicKey;
const layout = layoutFor({
  planes: [
    { name: 'count', span: 'lane', valueBits: 40 },
    { name: 'sum', span: 'lane', valueBits: 60 },
    { name: 'sum of the epoch', span: 'epoch', valueBits: 60 },
  ],
  lanes: 9,
  maskBits: 40,
  l: 3,
  modulusBits: 512,
});
const strips = [1n, -1000n].map((sign) => [
  Array.from({ length: 9 }, (_unused, lane) => sign * BigInt(lane)),
  Array.from({ length: 9 }, (_unused, lane) => sign * BigInt(lane * lane)),
  [sign * 77n],
]);

beforeAll(async () => {
  const { record } = await generateKeyCeremony({
    modulusBits: 512,
    l: 3,
    t: 2,
    insecureTestKey: true,
  });
  key = decodePublicKey(record);
});

/** The opened blocks of a plan with one group for each strip. */
function openedBlocks(planes: readonly number[]): bigint[] {
  const packed = strips.map((values) => packStrip(layout, values));
  return requiredBlocks(layout, planes, strips.length).map(({ group, block }) => {
    const message = packed[group]?.[block] ?? 0n;
    return message < 0n ? message + key.n : message;
  });
}

describe('decodeResultValues', () => {
  it.each([[[0]], [[1]], [[2, 0]], [[0, 1, 2]]])('finds the planes %j of every group', (planes) => {
    const messages = openedBlocks(planes);
    const values = decodeResultValues({ key, layout, planes, groups: 2, messages });
    expect(values).toEqual(strips.map((strip) => planes.map((plane) => strip[plane])));
  });

  it('refuses another number of blocks and a block that does not decode', () => {
    const [first = 0n, ...rest] = openedBlocks([0]);
    const plan = { key, layout, planes: [0], groups: 2 };
    expect(() => decodeResultValues({ ...plan, messages: rest })).toThrow(ParameterError);
    const messages = [first + (1n << 509n), ...rest];
    expect(() => decodeResultValues({ ...plan, messages })).toThrow(EncodingError);
  });
});
