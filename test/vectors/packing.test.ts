import { EncodingError, layoutFor, packBlock, unitsOfBlock, unpackBlock } from '@veilsum/crypto';
import type { LayoutParameters, UnitContent } from '@veilsum/crypto';

import { signedHex, vectorFiles } from './vector-files.js';

interface Content {
  slots?: string[];
  value?: string;
}
interface Common extends LayoutParameters {
  block: number;
}
type Case = Common &
  (
    | { kind: 'pack'; name: string; units: Content[]; message: string }
    | { kind: 'pack-refused'; reason: string; units: Content[] }
    | { kind: 'unpack-refused'; reason: string; requested: number[]; message: string }
    | {
        kind: 'sum';
        name: string;
        requested: number[];
        totals: Content[];
        blindings: Content[][];
        message: string;
        opened: Content[];
      }
  );

function contents(units: readonly Content[]): UnitContent[] {
  return units.map(({ slots, value }) =>
    slots === undefined ? { value: BigInt(value ?? '') } : { slots: slots.map(BigInt) },
  );
}

function checkPack(entry: Extract<Case, { kind: 'pack' }>): void {
  const layout = layoutFor(entry);
  const message = signedHex(entry.message);
  expect(packBlock(layout, entry.block, contents(entry.units))).toBe(message);
  const values = entry.units.map(({ value }) => ({ value: BigInt(value ?? '') }));
  expect(packBlock(layout, entry.block, values)).toBe(message);
  const planes = [...new Set(unitsOfBlock(layout, entry.block).map(({ plane }) => plane))];
  const unpacked = unpackBlock(layout, entry.block, message, planes);
  expect(unpacked.map(({ slots, value }) => ({ slots, value }))).toEqual(
    entry.units.map(({ slots, value }) => ({
      slots: slots?.map(BigInt),
      value: BigInt(value ?? ''),
    })),
  );
}

function checkSum(entry: Extract<Case, { kind: 'sum' }>): void {
  const layout = layoutFor(entry);
  const parts = [entry.totals, ...entry.blindings].map((part) =>
    packBlock(layout, entry.block, contents(part)),
  );
  const message = parts.reduce((sum, part) => sum + part, 0n);
  expect(message).toBe(signedHex(entry.message));
  const unpacked = unpackBlock(layout, entry.block, message, entry.requested);
  for (const [position, opened] of entry.opened.entries()) {
    expect(unpacked[position]?.value).toBe(BigInt(opened.value ?? ''));
    expect(unpacked[position]?.slots).toEqual(opened.slots?.map(BigInt));
  }
  expect(unpacked).toHaveLength(entry.opened.length);
}

describe.each(vectorFiles<Case>('packing'))('$name', ({ cases }) => {
  it.each(cases.map((entry, index) => ({ index, entry, kind: entry.kind })))(
    '$kind $index',
    ({ entry }) => {
      const { block } = entry;
      if (entry.kind === 'pack') {
        checkPack(entry);
      } else if (entry.kind === 'sum') {
        checkSum(entry);
      } else if (entry.kind === 'pack-refused') {
        expect(() => packBlock(layoutFor(entry), block, contents(entry.units))).toThrow(
          EncodingError,
        );
      } else {
        const layout = layoutFor(entry);
        const message = signedHex(entry.message);
        expect(() => unpackBlock(layout, block, message, entry.requested)).toThrow(EncodingError);
      }
    },
  );
});
