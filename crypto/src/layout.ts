import { hashCanonicalJson } from './canonical-json.js';
import { ParameterError } from './errors.js';

/** The `format` field of every layout of this version. */
export const LAYOUT_FORMAT = 'veilsum-layout/1';

/** `"lane"`: one slot per lane. `"epoch"`: a single slot, the sum over all lanes. */
export type PlaneSpan = 'lane' | 'epoch';

/** One measured statistic of a product as far as the layout depends on it (`docs/protocol.md §4`). */
export interface LayoutPlane {
  readonly name: string;
  readonly span: PlaneSpan;
  /** b: every true total of a slot has absolute value below 2^(b-1). */
  readonly valueBits: number;
}

/** Consecutive slots of one plane that are opened or masked together (`docs/protocol.md §4`). */
export interface LayoutUnit {
  /** Index from 0 of the block that holds the unit. */
  readonly block: number;
  /** Index from 0 of the first lane; 0 for an epoch plane. */
  readonly firstLane: number;
  /** Number of lanes; 1 for an epoch plane. */
  readonly lanes: number;
  /** Bits below the unit in its block. */
  readonly offset: number;
  /** Index from 0 into `planes`. */
  readonly plane: number;
}

/** How the values of one cell key are laid out in plaintext blocks; public (`docs/protocol.md §4`). */
export interface Layout {
  /** Number of blocks of a strip. */
  readonly blocks: number;
  readonly capacityBits: number;
  readonly format: typeof LAYOUT_FORMAT;
  readonly guardBits: number;
  /** Number of keyholders. */
  readonly l: number;
  /** Number of lanes of the product. */
  readonly lanes: number;
  readonly maskBits: number;
  readonly modulusBits: number;
  readonly planes: readonly LayoutPlane[];
  /** In strip order: by block, then offset. */
  readonly units: readonly LayoutUnit[];
}

/** The public facts of a product and a key that fix a layout. */
export interface LayoutParameters {
  /** In declared order; further fields of a product's planes are ignored. */
  readonly planes: readonly LayoutPlane[];
  /** Number of lanes, at least 1. */
  readonly lanes: number;
  /** σ of `docs/protocol.md §1`. */
  readonly maskBits: number;
  /** Number of keyholders, 2 to 16. */
  readonly l: number;
  /** Size of the modulus n in bits. */
  readonly modulusBits: number;
}

/** The container stores a block index in 16 bits (`docs/protocol.md §5`). */
const BLOCKS_MAX = 2 ** 16;

/**
 * The layout of a product under a key, a pure function of both (`docs/protocol.md §4`).
 *
 * @throws {@link ParameterError} when a parameter is out of range, a plane name repeats, or one slot
 * with its guard does not fit into a block
 */
export function layoutFor(parameters: LayoutParameters): Layout {
  requireParameters(parameters);
  const { lanes, maskBits, l, modulusBits } = parameters;
  const planes = parameters.planes.map(({ name, span, valueBits }) => ({ name, span, valueBits }));
  const capacityBits = modulusBits - 2;
  const guardBits = guardBitsFor(maskBits, l);
  const units = placeUnits(planes, { lanes, capacityBits, guardBits });
  const blocks = (units.at(-1)?.block ?? 0) + 1;
  if (blocks > BLOCKS_MAX) {
    throw new ParameterError(`The layout needs ${blocks} blocks, more than ${BLOCKS_MAX}.`);
  }
  return {
    blocks,
    capacityBits,
    format: LAYOUT_FORMAT,
    guardBits,
    l,
    lanes,
    maskBits,
    modulusBits,
    planes,
    units,
  };
}

/** `layoutHash`: SHA-256 of the canonical JSON, 64 lower-case hex digits (`docs/protocol.md §4`). */
export function hashLayout(layout: Layout): string {
  return hashCanonicalJson(layout);
}

/** g = σ + ⌈log₂(ℓ+1)⌉ + 1: room for ℓ masks above a unit and one bit to spare (`docs/protocol.md §4`). */
export function guardBitsFor(maskBits: number, l: number): number {
  // ⌈log₂(ℓ+1)⌉ is the bit length of ℓ.
  return maskBits + (32 - Math.clz32(l)) + 1;
}

/** Bits of one slot of a plane: b + 1, so that a total and its noise both fit (`docs/protocol.md §4`). */
export function slotBits(plane: LayoutPlane): number {
  return plane.valueBits + 1;
}

/** U: the bits of all slots of a unit, without its guard (`docs/protocol.md §4`). */
export function unitBits(layout: Layout, unit: LayoutUnit): number {
  return unit.lanes * slotBits(planeOf(layout, unit.plane));
}

/** The units of one block, lowest offset first. */
export function unitsOfBlock(layout: Layout, block: number): LayoutUnit[] {
  return layout.units.filter((unit) => unit.block === block);
}

/**
 * The blocks, ascending, that hold a unit of one of the planes: the blocks that a plan needs
 * (`docs/protocol.md §6.2`).
 *
 * @param planes indices from 0 into the layout's planes
 * @throws {@link ParameterError} when a plane index is out of range or repeats
 */
export function blocksForPlanes(layout: Layout, planes: readonly number[]): number[] {
  const requested = requestedPlanes(layout, planes);
  const blocks = layout.units.filter((unit) => requested.has(unit.plane)).map((unit) => unit.block);
  return [...new Set(blocks)].sort((left, right) => left - right);
}

/**
 * The planes of a plan as a set.
 *
 * @throws {@link ParameterError} when an index is out of range or repeats
 */
export function requestedPlanes(layout: Layout, planes: readonly number[]): ReadonlySet<number> {
  for (const plane of planes) planeOf(layout, plane);
  const requested = new Set(planes);
  if (requested.size !== planes.length) throw new ParameterError('A plane is requested twice.');
  return requested;
}

/**
 * The plane with an index.
 *
 * @throws {@link ParameterError} when there is none
 */
export function planeOf(layout: Layout, plane: number): LayoutPlane {
  const found = layout.planes[plane];
  if (found === undefined) throw new ParameterError(`The layout has no plane ${plane}.`);
  return found;
}

function requireParameters({ planes, lanes, maskBits, l, modulusBits }: LayoutParameters): void {
  requireInteger('lanes', lanes, { min: 1, max: 2 ** 31 });
  requireInteger('maskBits', maskBits, { min: 1, max: 2 ** 16 });
  requireInteger('l', l, { min: 2, max: 16 });
  requireInteger('modulusBits', modulusBits, { min: 16, max: 2 ** 16 });
  if (modulusBits % 8 !== 0) throw new ParameterError('modulusBits is not a multiple of 8.');
  if (planes.length === 0) throw new ParameterError('A product has at least one plane.');
  if (new Set(planes.map(({ name }) => name)).size !== planes.length) {
    throw new ParameterError('Two planes have the same name.');
  }
  for (const plane of planes) requirePlane(plane);
}

function requirePlane({ span, valueBits }: LayoutPlane): void {
  if (!['lane', 'epoch'].includes(span)) {
    throw new ParameterError('The span of a plane is neither "lane" nor "epoch".');
  }
  requireInteger('valueBits', valueBits, { min: 1, max: 2 ** 16 });
}

function requireInteger(name: string, value: number, range: { min: number; max: number }): void {
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new ParameterError(`${name} is not an integer from ${range.min} to ${range.max}.`);
  }
}

interface Placement {
  readonly lanes: number;
  readonly capacityBits: number;
  readonly guardBits: number;
}

/** Fills blocks from offset 0 in declared order; a unit that does not fit opens the next block. */
function placeUnits(planes: readonly LayoutPlane[], placement: Placement): LayoutUnit[] {
  const { capacityBits, guardBits } = placement;
  const units: LayoutUnit[] = [];
  let block = 0;
  let offset = 0;
  for (const [plane, { name, span, valueBits }] of planes.entries()) {
    const laneMax = Math.floor((capacityBits - guardBits) / (valueBits + 1));
    if (laneMax < 1) throw new ParameterError(`A slot of the plane ${name} exceeds one block.`);
    const laneCount = span === 'epoch' ? 1 : placement.lanes;
    for (let firstLane = 0; firstLane < laneCount; firstLane += laneMax) {
      const lanes = Math.min(laneMax, laneCount - firstLane);
      const widthBits = lanes * (valueBits + 1) + guardBits;
      if (offset + widthBits > capacityBits) {
        block += 1;
        offset = 0;
      }
      units.push({ block, firstLane, lanes, offset, plane });
      offset += widthBits;
    }
  }
  return units;
}
