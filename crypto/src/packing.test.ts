import fc from 'fast-check';

import { EncodingError, ParameterError } from './errors.js';
import { layoutFor, slotBits, unitBits, unitsOfBlock } from './layout.js';
import { packBlock, packStrip, unpackBlock, unpackPlanes } from './packing.js';

const layout = layoutFor({
  planes: [
    { name: 'count', span: 'lane', valueBits: 16 },
    { name: 'sum of the epoch', span: 'epoch', valueBits: 20 },
    { name: 'sum', span: 'lane', valueBits: 24 },
  ],
  lanes: 17,
  maskBits: 40,
  l: 3,
  modulusBits: 512,
});
const everyPlane = [0, 1, 2];

/** A slot of b + 1 bits, its two ends more often than chance would have them. */
function slot(plane: number): fc.Arbitrary<bigint> {
  const end = 1n << BigInt(slotBits(layout.planes[plane] ?? fail()) - 1);
  return fc.oneof(
    fc.constantFrom(-end, end - 1n, -1n, 0n),
    fc.bigInt({ min: -end, max: end - 1n }),
  );
}

function fail(): never {
  throw new Error('There is no such plane.');
}

const strip = fc.tuple(
  fc.array(slot(0), { minLength: 17, maxLength: 17 }),
  fc.array(slot(1), { minLength: 1, maxLength: 1 }),
  fc.array(slot(2), { minLength: 17, maxLength: 17 }),
);

describe('packStrip', () => {
  it('is undone by unpackPlanes and sums slots at their offsets', () => {
    fc.assert(
      fc.property(strip, (values) => {
        const messages = packStrip(layout, values);
        expect(unpackPlanes(layout, new Map(messages.entries()), everyPlane)).toEqual(values);
        for (const [block, message] of messages.entries()) {
          let expected = 0n;
          for (const { plane, firstLane, lanes, offset } of unitsOfBlock(layout, block)) {
            const bits = slotBits(layout.planes[plane] ?? fail());
            for (let lane = 0; lane < lanes; lane += 1) {
              const value = values[plane]?.[firstLane + lane] ?? fail();
              expected += value * 2n ** BigInt(offset + lane * bits);
            }
          }
          expect(message).toBe(expected);
        }
      }),
    );
  });

  it('refuses a missing plane, a missing slot and one too many', () => {
    const good = layout.planes.map(({ span }) =>
      new Array<bigint>(span === 'epoch' ? 1 : 17).fill(0n),
    );
    expect(packStrip(layout, good)).toEqual(new Array(layout.blocks).fill(0n));
    expect(() => packStrip(layout, good.slice(1))).toThrow(EncodingError);
    expect(() => packStrip(layout, [good[0]?.slice(1) ?? [], ...good.slice(1)])).toThrow(
      EncodingError,
    );
    expect(() => packStrip(layout, [[...(good[0] ?? []), 0n], ...good.slice(1)])).toThrow(
      EncodingError,
    );
  });

  it('refuses a slot just outside its range and does not tell its value', () => {
    const values = (value: bigint): bigint[][] => [
      new Array<bigint>(17).fill(0n),
      [value],
      new Array<bigint>(17).fill(0n),
    ];
    const end = 2n ** 20n;
    expect(() => packStrip(layout, values(end - 1n))).not.toThrow();
    expect(() => packStrip(layout, values(-end))).not.toThrow();
    expect(() => packStrip(layout, values(end))).toThrow(EncodingError);
    expect(() => packStrip(layout, values(-end - 1n))).toThrow(/^(?!.*1048577)/);
  });
});

describe('unpackBlock', () => {
  it('parts requested slots from masks of any size that fits', () => {
    const units = unitsOfBlock(layout, 0);
    const masks = fc.tuple(
      ...units.map((unit) => {
        const end = 1n << BigInt(unitBits(layout, unit) + layout.guardBits - 1);
        return fc.bigInt({ min: -end, max: end - 1n });
      }),
    );
    fc.assert(
      fc.property(strip, masks, (values, maskValues) => {
        const contents = units.map(({ plane, firstLane, lanes }, position) =>
          plane === 1
            ? { slots: values[1].slice(firstLane, firstLane + lanes) }
            : { value: maskValues[position] ?? fail() },
        );
        const unpacked = unpackBlock(layout, 0, packBlock(layout, 0, contents), [1]);
        const [, opened] = unpacked;
        expect(opened?.slots).toEqual(values[1]);
        expect(unpacked[0]?.slots).toBeUndefined();
        expect(unpacked[0]?.value).toBe(maskValues[0]);
      }),
    );
  });

  it('refuses something above the last unit', () => {
    const last = unitsOfBlock(layout, 0).at(-1) ?? fail();
    const end = last.offset + unitBits(layout, last) + layout.guardBits;
    expect(() => unpackBlock(layout, 0, 1n << BigInt(end), [])).toThrow(EncodingError);
    expect(() => unpackBlock(layout, 0, -1n << BigInt(end), [])).toThrow(EncodingError);
    const lowest = unpackBlock(layout, 0, -1n << BigInt(end - 1), []).at(-1);
    expect(lowest?.value).toBe(-1n << BigInt(end - 1 - last.offset));
  });

  it('refuses something above the last slot of a requested unit only', () => {
    const [first = fail()] = unitsOfBlock(layout, 0);
    const message = 1n << BigInt(unitBits(layout, first));
    expect(() => unpackBlock(layout, 0, message, [0])).toThrow(EncodingError);
    expect(unpackBlock(layout, 0, message, [1])[0]?.value).toBe(message);
  });
});

describe('unpackPlanes', () => {
  it('refuses when a block of a requested plane is missing', () => {
    const zeros = new Map([[0, 0n]]);
    expect(layout.blocks).toBeGreaterThan(1);
    expect(() => unpackPlanes(layout, zeros, [2])).toThrow(ParameterError);
    expect(unpackPlanes(layout, zeros, [1])).toEqual([[0n]]);
  });
});
