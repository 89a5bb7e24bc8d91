import { VeilsumError, type ProductDefinition } from '@veilsum/protocol';

/** For each plane, in declared order, its slots in lane order; one slot for an epoch plane. */
export type StripValues = readonly (readonly bigint[])[];

/** What one contributor will encrypt: exact integers in minor units, secret. */
export interface ContributionValues {
  /** Strips of the cells that have data; all others are zero. */
  readonly strips: ReadonlyMap<number, StripValues>;
}

/** The strip of a cell without data. */
export function zeroStrip(product: Pick<ProductDefinition, 'planes' | 'lanes'>): StripValues {
  return product.planes.map(({ span }) =>
    Array.from({ length: span === 'epoch' ? 1 : product.lanes.count }, () => 0n),
  );
}

/**
 * Refuses values that could overflow a slot of the sum over the largest cohort: for every slot,
 * Σ over cells |v| must be below 2^(b-1) / maxContributors (docs/protocol.md §5).
 * @throws {@link VeilsumError} BOUND_EXCEEDED, which names the plane and the lane but no value
 */
export function requireWithinPlanes(
  product: Pick<ProductDefinition, 'planes' | 'lanes' | 'maxContributors'>,
  values: ContributionValues,
): void {
  const contributors = BigInt(product.maxContributors);
  for (const [plane, { name, span, valueBits }] of product.planes.entries()) {
    const limit = 2n ** BigInt(valueBits - 1);
    for (const [slot, size] of slotSizes(product, values, plane).entries()) {
      if (size * contributors < limit) continue;
      const lane = `${product.lanes.name} ${product.lanes.first + slot}`;
      const place = span === 'epoch' ? 'over the whole epoch' : `in ${lane}`;
      throw new VeilsumError(
        'BOUND_EXCEEDED',
        `The plane ${name} has totals ${place} that reach 2^${valueBits - 1} / ${product.maxContributors}, ` +
          'the most that one contributor may send.',
      );
    }
  }
}

/** Σ over cells |v| for each slot of a plane. */
function slotSizes(
  product: Pick<ProductDefinition, 'planes' | 'lanes'>,
  { strips }: ContributionValues,
  plane: number,
): bigint[] {
  const sizes = [...(zeroStrip(product)[plane] ?? [])];
  for (const strip of strips.values()) {
    for (const [slot, value] of (strip[plane] ?? []).entries()) {
      sizes[slot] = (sizes[slot] ?? 0n) + (value < 0n ? -value : value);
    }
  }
  return sizes;
}
