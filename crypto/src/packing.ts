import { EncodingError, ParameterError } from './errors.js';
import type { Layout, LayoutUnit } from './layout.js';
import { planeOf, requestedPlanes, slotBits, unitBits, unitsOfBlock } from './layout.js';

/** What goes into a unit: its slots in lane order, or one number for the whole, such as a mask. */
export type UnitContent = { readonly slots: readonly bigint[] } | { readonly value: bigint };

/** A unit as it was found in an opened block. */
export interface UnpackedUnit {
  readonly unit: LayoutUnit;
  /** The unit value u, masks included. */
  readonly value: bigint;
  /** The slots in lane order, for a unit of a requested plane only. */
  readonly slots?: readonly bigint[];
}

/**
 * The plaintext M = Σ uⱼ·2^offsetⱼ of one block (`docs/protocol.md §4`); as secret as its content.
 *
 * @param contents one for each unit of the block, lowest offset first
 * @returns a signed integer with |M| < n/2
 * @throws {@link EncodingError} when a slot or unit value is out of range, or one is missing
 */
export function packBlock(layout: Layout, block: number, contents: readonly UnitContent[]): bigint {
  const units = unitsOfBlock(layout, block);
  if (units.length !== contents.length) {
    throw new EncodingError(`Block ${block} has ${units.length} units.`);
  }
  return units.reduce((message, unit, position) => {
    const content = contents[position];
    if (content === undefined) throw new EncodingError('A unit has no content.');
    return message + (packUnit(layout, unit, content) << BigInt(unit.offset));
  }, 0n);
}

/**
 * All block plaintexts of one strip (`docs/protocol.md §4`); as secret as the values.
 *
 * @param values for each plane, in declared order, its slots in lane order; one for an epoch plane
 * @returns the signed plaintext of each block
 * @throws {@link EncodingError} when a slot is out of range, or one is missing or left over
 */
export function packStrip(layout: Layout, values: readonly (readonly bigint[])[]): bigint[] {
  if (values.length !== layout.planes.length) {
    throw new EncodingError('A strip has values for each plane.');
  }
  for (const [plane, slots] of values.entries()) {
    if (slots.length !== slotsOfPlane(layout, plane)) {
      throw new EncodingError('A plane has a value for each of its slots.');
    }
  }
  return Array.from({ length: layout.blocks }, (_unused, block) =>
    packBlock(
      layout,
      block,
      unitsOfBlock(layout, block).map(({ plane, firstLane, lanes }) => ({
        slots: (values[plane] ?? []).slice(firstLane, firstLane + lanes),
      })),
    ),
  );
}

/**
 * The units of an opened block, lowest offset first, with the slots of those that were asked for
 * (`docs/protocol.md §4`). This undoes borrows between neighbours.
 *
 * @param message the plaintext, centred into (-n/2, n/2)
 * @param planes indices from 0 of the requested planes
 * @throws {@link EncodingError} when something is left above the last unit of the block or above the
 * last slot of a requested unit
 * @throws {@link ParameterError} when a plane index is out of range or repeats
 */
export function unpackBlock(
  layout: Layout,
  block: number,
  message: bigint,
  planes: readonly number[],
): UnpackedUnit[] {
  const requested = requestedPlanes(layout, planes);
  const unpacked: UnpackedUnit[] = [];
  let rest = message;
  for (const unit of unitsOfBlock(layout, block)) {
    const widthBits = unitBits(layout, unit) + layout.guardBits;
    // asIntN is the remainder mod 2^W in [-2^(W-1), 2^(W-1)).
    const value = BigInt.asIntN(widthBits, rest);
    rest = (rest - value) >> BigInt(widthBits);
    unpacked.push(
      requested.has(unit.plane)
        ? { unit, value, slots: unpackSlots(layout, unit, value) }
        : { unit, value },
    );
  }
  if (rest !== 0n) throw new EncodingError('Something is left above the last unit of a block.');
  return unpacked;
}

/**
 * The values of the requested planes out of the opened blocks of one group.
 *
 * @param messages centred plaintext by block index; must hold each block that has a requested unit
 * @param planes indices from 0 of the requested planes
 * @returns for each requested plane, in the order given, its slots in lane order
 * @throws {@link EncodingError} when a block does not decode ({@link unpackBlock})
 * @throws {@link ParameterError} when a plane index is out of range or repeats, or a block is missing
 */
export function unpackPlanes(
  layout: Layout,
  messages: ReadonlyMap<number, bigint>,
  planes: readonly number[],
): bigint[][] {
  const slotsByPlane = new Map<number, bigint[]>(planes.map((plane) => [plane, []]));
  for (const [block, message] of [...messages].sort(([left], [right]) => left - right)) {
    for (const { unit, slots } of unpackBlock(layout, block, message, planes)) {
      if (slots !== undefined) slotsByPlane.get(unit.plane)?.push(...slots);
    }
  }
  return planes.map((plane) => {
    const slots = slotsByPlane.get(plane) ?? [];
    if (slots.length !== slotsOfPlane(layout, plane)) {
      throw new ParameterError(`A block with slots of plane ${plane} is missing.`);
    }
    return slots;
  });
}

/** The number of slots of a plane in one strip. */
export function slotsOfPlane(layout: Layout, plane: number): number {
  return planeOf(layout, plane).span === 'epoch' ? 1 : layout.lanes;
}

function packUnit(layout: Layout, unit: LayoutUnit, content: UnitContent): bigint {
  if ('slots' in content) return packSlots(layout, unit, content.slots);
  requireSigned(content.value, unitBits(layout, unit) + layout.guardBits, 'A unit value');
  return content.value;
}

function packSlots(layout: Layout, unit: LayoutUnit, slots: readonly bigint[]): bigint {
  if (slots.length !== unit.lanes) throw new EncodingError('A unit has a value for each lane.');
  const bits = slotBits(planeOf(layout, unit.plane));
  let value = 0n;
  for (const slot of slots.toReversed()) {
    requireSigned(slot, bits, 'A slot value');
    value = (value << BigInt(bits)) + slot;
  }
  return value;
}

function unpackSlots(layout: Layout, unit: LayoutUnit, value: bigint): bigint[] {
  const bits = slotBits(planeOf(layout, unit.plane));
  let rest = value;
  const slots = Array.from({ length: unit.lanes }, () => {
    const slot = BigInt.asIntN(bits, rest);
    rest = (rest - slot) >> BigInt(bits);
    return slot;
  });
  if (rest !== 0n) throw new EncodingError('Something is left above the last slot of a unit.');
  return slots;
}

/** The value itself stays out of the message: it may be a plaintext. */
function requireSigned(value: bigint, bits: number, name: string): void {
  if (BigInt.asIntN(bits, value) !== value) {
    throw new EncodingError(`${name} does not fit into ${bits} bits with its sign.`);
  }
}
