import { layoutFor } from '@veilsum/crypto';
import type { Plan } from '@veilsum/protocol';
import fc from 'fast-check';

import { aggregateCount, sliceAggregation } from './aggregation-plan.js';

/** Three blocks: a of 200 bits fills the first, b spreads over the second, c needs the third. */
const layout = layoutFor({
  planes: [
    { name: 'a', span: 'epoch', valueBits: 200 },
    { name: 'b', span: 'epoch', valueBits: 150 },
    { name: 'c', span: 'epoch', valueBits: 180 },
  ],
  lanes: 1,
  maskBits: 40,
  l: 3,
  modulusBits: 256,
});

const cellSets = fc
  .uniqueArray(fc.nat(40), { minLength: 1, maxLength: 30 })
  .chain((cells) => fc.tuple(fc.constant(cells), fc.integer({ min: 1, max: cells.length })))
  .map(([cells, groupCount]) => {
    const groups: { key: Record<string, string>; cells: number[] }[] = Array.from(
      { length: groupCount },
      (_, group) => ({ key: { g: String(group) }, cells: [] }),
    );
    for (const [index, cell] of cells.entries()) groups[index % groupCount]?.cells.push(cell);
    for (const group of groups) group.cells.sort((left, right) => left - right);
    return groups;
  });
const planeSets = fc.subarray([0, 1, 2], { minLength: 1 });

const planOf = (groups: Plan['groups'], planes: readonly number[]) =>
  ({
    groups,
    planes: planes.map((plane) => ({ plane, epsilonMicro: 0, sensitivity: '0' })),
  }) as Plan;

it('spreads the planes of this test over three blocks', () => {
  expect(layout.units.map(({ block }) => block)).toEqual([0, 1, 2]);
});

it('puts every needed row into its aggregate exactly once, whatever the size of a slice', () => {
  fc.assert(
    fc.property(cellSets, planeSets, fc.integer({ min: 1, max: 50 }), (groups, planes, size) => {
      const plan = planOf(groups, planes);
      const placed: string[] = [];
      let end = 0;
      for (const slice of sliceAggregation(plan, layout, size)) {
        expect(slice.from).toBe(end);
        expect(slice.to - slice.from).toBe(slice.rows.length);
        expect(slice.rows.length).toBeLessThanOrEqual(size);
        expect([...slice.rows].sort((left, right) => left - right)).toEqual(slice.rows);
        expect(Math.max(...slice.positions)).toBe(slice.count - 1);
        expect(Math.min(...slice.positions)).toBe(0);
        for (const [index, row] of slice.rows.entries()) {
          placed.push(`${slice.firstBlock + (slice.positions[index] ?? 0)}: ${row}`);
        }
        end = slice.to;
      }
      // Independently: each plane of this layout has a block of its own with the same number.
      const expected = groups.flatMap(({ cells }, group) =>
        planes.flatMap((block, position) =>
          cells.map((cell) => `${group * planes.length + position}: ${cell * 3 + block}`),
        ),
      );
      expect(placed.sort()).toEqual(expected.sort());
      expect(aggregateCount(plan, layout)).toBe(groups.length * planes.length);
    }),
  );
});
