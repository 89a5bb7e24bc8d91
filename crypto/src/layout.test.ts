import fc from 'fast-check';

import { ParameterError } from './errors.js';
import type { LayoutParameters } from './layout.js';
import { blocksForPlanes, hashLayout, layoutFor, unitBits, unitsOfBlock } from './layout.js';

const product: LayoutParameters = {
  planes: [
    { name: 'count', span: 'lane', valueBits: 24 },
    { name: 'sum', span: 'lane', valueBits: 40 },
    { name: 'sumSquares', span: 'lane', valueBits: 56 },
  ],
  lanes: 13,
  maskBits: 40,
  l: 3,
  modulusBits: 3072,
};

const parameters: fc.Arbitrary<LayoutParameters> = fc.record({
  planes: fc
    .array(
      fc.record({
        span: fc.constantFrom('lane' as const, 'epoch' as const),
        valueBits: fc.integer({ min: 1, max: 120 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((planes) => planes.map((plane, index) => ({ ...plane, name: `plane ${index}` }))),
  lanes: fc.integer({ min: 1, max: 60 }),
  maskBits: fc.integer({ min: 20, max: 60 }),
  l: fc.integer({ min: 2, max: 16 }),
  modulusBits: fc.constantFrom(256, 512, 2048),
});

describe('layoutFor', () => {
  it('needs the number of blocks that the protocol states for the example', () => {
    expect(layoutFor(product).blocks).toBe(1);
    expect(layoutFor({ ...product, lanes: 52 }).blocks).toBe(3);
  });

  it('holds every slot exactly once, in order, without overlap and within the capacity', () => {
    fc.assert(
      fc.property(parameters, (given) => {
        const layout = layoutFor(given);
        const slots = layout.units.flatMap(({ plane, firstLane, lanes }) =>
          Array.from({ length: lanes }, (_unused, lane) => [plane, firstLane + lane]),
        );
        const expected = given.planes.flatMap(({ span }, plane) =>
          Array.from({ length: span === 'epoch' ? 1 : given.lanes }, (_unused, lane) => [
            plane,
            lane,
          ]),
        );
        expect(slots).toEqual(expected);
        for (let block = 0; block < layout.blocks; block += 1) {
          let end = 0;
          for (const unit of unitsOfBlock(layout, block)) {
            expect(unit.offset).toBe(end);
            end += unitBits(layout, unit) + layout.guardBits;
          }
          expect(end).toBeGreaterThan(0);
          expect(end).toBeLessThanOrEqual(given.modulusBits - 2);
        }
      }),
    );
  });

  it('has the guard bits of the formula, computed in floating point', () => {
    for (let l = 2; l <= 16; l += 1) {
      const { guardBits } = layoutFor({ ...product, l });
      expect(guardBits).toBe(40 + Math.ceil(Math.log2(l + 1)) + 1);
    }
  });

  it('ignores what else a product says of its planes', () => {
    const planes = product.planes.map((plane) => ({ ...plane, lower: '0', upper: '1' }));
    expect(hashLayout(layoutFor({ ...product, planes }))).toBe(hashLayout(layoutFor(product)));
  });

  it.each<[string, Partial<LayoutParameters>]>([
    ['no planes', { planes: [] }],
    ['one name twice', { planes: [...product.planes, ...product.planes] }],
    ['no lanes', { lanes: 0 }],
    ['half a lane', { lanes: 1.5 }],
    ['one keyholder', { l: 1 }],
    ['seventeen keyholders', { l: 17 }],
    ['no mask', { maskBits: 0 }],
    ['a modulus that is no multiple of 8 bits', { modulusBits: 3073 }],
    ['a slot without bits', { planes: [{ name: 'a', span: 'lane', valueBits: 0 }] }],
    ['an unknown span', { planes: [{ name: 'a', span: 'year' as 'lane', valueBits: 8 }] }],
    ['too many blocks', { lanes: 2 ** 18, planes: [{ name: 'a', span: 'lane', valueBits: 2000 }] }],
  ])('refuses %s', (_name, change) => {
    expect(() => layoutFor({ ...product, ...change })).toThrow(ParameterError);
  });
});

describe('blocksForPlanes', () => {
  it('names each block with a unit of a requested plane once, ascending', () => {
    const layout = layoutFor({ ...product, lanes: 52 });
    const blocksOf = (plane: number): number[] =>
      layout.units.filter((unit) => unit.plane === plane).map(({ block }) => block);
    expect(blocksForPlanes(layout, [2, 0])).toEqual(
      [...new Set([...blocksOf(0), ...blocksOf(2)])].sort(),
    );
    expect(blocksForPlanes(layout, [])).toEqual([]);
  });

  it('refuses an unknown plane and one that is named twice', () => {
    expect(() => blocksForPlanes(layoutFor(product), [3])).toThrow(ParameterError);
    expect(() => blocksForPlanes(layoutFor(product), [0, 0])).toThrow(ParameterError);
  });
});
