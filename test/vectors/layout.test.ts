import {
  cellCount,
  cellIndex,
  cellKey,
  encodeCanonicalJson,
  guardBitsFor,
  hashLayout,
  layoutFor,
  ParameterError,
  slotBits,
  unitBits,
} from '@veilsum/crypto';
import type { Layout, LayoutParameters } from '@veilsum/crypto';

import { vectorFiles } from './vector-files.js';

interface LayoutCase extends LayoutParameters {
  kind: 'layout' | 'edge';
  reason?: string;
  refused?: true;
  layout: Layout;
  canonicalJson: string;
  layoutHash: string;
}
interface WidthCase {
  kind: 'width';
  l: number;
  maskBits: number;
  valueBits: number;
  lanes: number;
  slotBits: number;
  guardBits: number;
  unitBits: number;
}
interface CellCase {
  kind: 'cell';
  dimensions: string[][];
  cellKey: string[];
  cell: number;
}

const check = {
  layout(entry: LayoutCase): void {
    if (entry.refused) {
      expect(() => layoutFor(entry)).toThrow(ParameterError);
      return;
    }
    const layout = layoutFor(entry);
    expect(layout).toEqual(entry.layout);
    expect(encodeCanonicalJson(layout)).toBe(entry.canonicalJson);
    expect(hashLayout(layout)).toBe(entry.layoutHash);
  },
  width(entry: WidthCase): void {
    const { l, maskBits, lanes, valueBits } = entry;
    const plane = { name: 'count', span: 'lane', valueBits } as const;
    const layout = layoutFor({ planes: [plane], lanes, maskBits, l, modulusBits: 2048 });
    const [unit] = layout.units;
    if (unit === undefined) throw new Error('A layout has a unit.');
    expect(guardBitsFor(maskBits, l)).toBe(entry.guardBits);
    expect(layout.guardBits).toBe(entry.guardBits);
    expect(slotBits(plane)).toBe(entry.slotBits);
    expect(unitBits(layout, unit) + layout.guardBits).toBe(entry.unitBits);
  },
  cell(entry: CellCase): void {
    expect(cellIndex(entry.dimensions, entry.cellKey)).toBe(entry.cell);
    expect(cellKey(entry.dimensions, entry.cell)).toEqual(entry.cellKey);
    expect(cellCount(entry.dimensions)).toBeGreaterThan(entry.cell);
  },
};

describe.each(vectorFiles<LayoutCase | WidthCase | CellCase>('layout'))('$name', ({ cases }) => {
  it.each(cases.map((entry, index) => ({ index, entry, kind: entry.kind })))(
    '$kind $index',
    ({ entry }) => {
      if (entry.kind === 'width') check.width(entry);
      else if (entry.kind === 'cell') check.cell(entry);
      else check.layout(entry);
    },
  );
});
