import type { Plane, Product } from '@veilsum/protocol';
import { planeBounds } from '@veilsum/rules';
import type { OpeningFault } from './opening-fault.js';

/** What was opened of one cell. Secret. */
export interface OpenedStrip {
  /** Slots in lane order of every plane whose blocks were all opened, by its index. */
  readonly planes: ReadonlyMap<number, readonly bigint[]>;
  /** Whether every block of the cell was opened. */
  readonly isWhole: boolean;
  /** Whether the contributor declares to have data in it. */
  readonly isDeclared: boolean;
}

type StripFault = Pick<OpeningFault, 'fault' | 'sentence'>;

/**
 * What contradicts the standard in the values of one cell: no slot may be larger than what one contributor may
 * send; counts are not negative; a sum of so many privacy units lies between so many times its bounds; and
 * who declares data has some.
 */
export function stripFaults(product: Product, strip: OpenedStrip): StripFault[] {
  return [
    ...[...strip.planes].flatMap(([index, slots]) => planeFaults(product, strip, index, slots)),
    ...coverageFaults(product, strip),
  ];
}

function planeFaults(
  product: Product,
  strip: OpenedStrip,
  index: number,
  slots: readonly bigint[],
): StripFault[] {
  const plane = product.planes[index];
  if (plane === undefined) return [];
  const faults: StripFault[] = [];
  const limit = 2n ** BigInt(plane.valueBits - 1);
  if (slots.some((slot) => magnitude(slot) * BigInt(product.maxContributors) >= limit)) {
    const sentence = `The plane ${plane.name} has more than one contributor may send.`;
    faults.push({ fault: 'magnitude', sentence });
  }
  if (!isWithinBounds(product, strip, plane, slots)) {
    const sentence = `The plane ${plane.name} has totals that no clipped records can have.`;
    faults.push({ fault: 'bounds', sentence });
  }
  return faults;
}

function isWithinBounds(
  product: Product,
  strip: OpenedStrip,
  plane: Plane,
  slots: readonly bigint[],
): boolean {
  if (plane.statistic === 'count') return slots.every((slot) => slot >= 0n);
  const bounds = planeBounds(product, plane);
  if (bounds === undefined) return true;
  const { lower, upper } = bounds;
  const counted = countsFor(product, strip, plane);
  // Without a count the number of units is any, so only the sign can be wrong.
  if (counted === undefined) {
    return slots.every((slot) => (lower < 0n || slot >= 0n) && (upper > 0n || slot <= 0n));
  }
  const totals = counted.length === slots.length ? slots : [sumOf(slots)];
  return totals.every((total, position) => {
    const units = counted[position] ?? 0n;
    return total >= lower * units && total <= upper * units;
  });
}

/** The numbers of units in the slots of a plane; one number when only their sum is known. */
function countsFor(
  product: Product,
  { planes }: OpenedStrip,
  plane: Plane,
): readonly bigint[] | undefined {
  const counts = product.planes
    .map((candidate, index) => ({ candidate, slots: planes.get(index) }))
    .filter(({ candidate, slots }) => candidate.statistic === 'count' && slots !== undefined);
  const same = counts.find(({ candidate }) => candidate.span === plane.span);
  const slots = (same ?? counts[0])?.slots;
  return slots === undefined || same !== undefined ? slots : [sumOf(slots)];
}

function coverageFaults(
  product: Product,
  { planes, isWhole, isDeclared }: OpenedStrip,
): StripFault[] {
  const isCounted = product.planes.some(({ statistic }) => statistic === 'count');
  const isEmpty = [...planes.values()].every((slots) => slots.every((slot) => slot === 0n));
  return isWhole && isDeclared && isCounted && isEmpty
    ? [{ fault: 'coverage', sentence: 'The cell is declared to have data, and has none.' }]
    : [];
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}
