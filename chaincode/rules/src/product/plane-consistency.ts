import type { Plane, ProductDefinition } from '@veilsum/protocol';
import { measureNames, planeBounds, sensitivity } from './plane-bounds.js';

/** What is wrong with the planes of a product, a sentence each (docs/protocol.md §4 and §5). */
export function planeFaults(product: ProductDefinition): string[] {
  return [
    ...product.planes.flatMap((plane) => {
      const fault = measureFault(product, plane) ?? sizeFault(product, plane);
      return fault === undefined ? [] : [`The plane ${plane.name} ${fault}`];
    }),
    ...repeatedContentFaults(product),
  ];
}

function measureFault(product: ProductDefinition, plane: Plane): string | undefined {
  const names = measureNames(plane);
  const unknown = names.find((name) => !product.measures.some((known) => known.name === name));
  if (unknown !== undefined) return `names the measure ${unknown}, which there is none of.`;
  return measureCountFault(plane, names) ?? boundFault(product, plane);
}

function measureCountFault({ statistic }: Plane, names: readonly string[]): string | undefined {
  if (statistic === 'count')
    return names.length === 0 ? undefined : 'counts, so it takes no measure.';
  if (statistic !== 'sumProduct') {
    return names.length === 1 ? undefined : `takes one measure for its statistic ${statistic}.`;
  }
  const two = names.length === 2 && names[0] !== names[1];
  return two ? undefined : 'takes two different measures, written "a,b".';
}

function boundFault(product: ProductDefinition, plane: Plane): string | undefined {
  if (plane.statistic === 'total') return undefined;
  return planeBounds(product, plane) === undefined
    ? 'needs bounds on its measures; only a total goes without.'
    : undefined;
}

/** The largest cohort, with one privacy unit each, has to stay below 2^(b-1) at least. */
function sizeFault(product: ProductDefinition, plane: Plane): string | undefined {
  const unit = plane.statistic === 'total' ? 1n : sensitivity(product, plane);
  const least = unit * BigInt(product.maxContributors);
  if (least < 1n << BigInt(plane.valueBits - 1)) return undefined;
  return `needs at least ${bitLength(least) + 1} valueBits for one privacy unit of each contributor.`;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** Two planes with the same content would be charged twice for one statistic. */
function repeatedContentFaults({ planes }: ProductDefinition): string[] {
  const contents = planes.map((plane) =>
    JSON.stringify([plane.statistic, plane.span, measureNames(plane).sort()]),
  );
  return planes.flatMap(({ name }, position) => {
    const first = contents.indexOf(contents[position] ?? '');
    return first === position
      ? []
      : [`The plane ${name} holds the same as ${planes[first]?.name ?? ''}.`];
  });
}
