import type { Product, PublishedGroup, QueryRecord, StatisticReference } from '@veilsum/protocol';

/** An exact quotient as it is, in any terms. */
export interface Quotient {
  readonly numerator: bigint;
  /** Above 0. */
  readonly denominator: bigint;
}

/**
 * What a statistic comes to in published groups, computed from the product's description alone.
 * @returns undefined when these groups do not answer it
 */
export function publishedValue(
  reference: StatisticReference,
  product: Product,
  { request, plan }: QueryRecord,
  groups: readonly PublishedGroup[],
): Quotient | undefined {
  if (plan === undefined || !isAbout(reference, request)) return undefined;
  const wanted = cellsWhere(product, reference.group).join();
  const group = groups.find((one) => plan.groups[one.group]?.cells.join() === wanted);
  if (group === undefined) return undefined;
  const [first, second] = reference.measures;
  const slot = (of: PublishedGroup, measure?: string) => slotOf(reference, product, of, measure);
  if (reference.function === 'share') {
    const covered = plan.groups.reduce((sum, { cells }) => sum + cells.length, 0);
    const whole =
      groups.length === plan.groups.length && covered === cellsWhere(product, {}).length;
    return whole
      ? quotient(
          slot(group, first),
          groups.reduce((sum, one) => sum + slot(one, first), 0n),
        )
      : undefined;
  }
  if (reference.function === 'mean') return quotient(slot(group, first), slot(group));
  if (reference.function === 'ratio') return quotient(slot(group, first), slot(group, second));
  return quotient(slot(group, first), 1n);
}

/** left − right has the sign of the result. */
export function compareQuotients(left: Quotient, right: Quotient): bigint {
  return left.numerator * right.denominator - right.numerator * left.denominator;
}

function isAbout(reference: StatisticReference, request: QueryRecord['request']): boolean {
  const asked = [
    request.productId,
    request.productVersion,
    request.epoch,
    request.function,
    request.measures,
    request.release,
    request.span,
  ];
  const meant = [
    reference.productId,
    reference.productVersion,
    reference.epoch,
    reference.function,
    reference.measures,
    reference.release,
    reference.lane === undefined ? 'epoch' : 'lane',
  ];
  return (
    JSON.stringify(asked) === JSON.stringify(meant) &&
    request.epsilonMicro >= (reference.epsilonMicroMin ?? 0)
  );
}

/** Cells ascending whose values are those given; the first dimension is the most significant. */
function cellsWhere({ dimensions }: Product, values: Readonly<Record<string, string>>): number[] {
  return dimensions.reduce(
    (cells, { name, values: domain }) =>
      cells.flatMap((cell) =>
        domain
          .map((value, position) => ({ value, position }))
          .filter(({ value }) => values[name] === undefined || values[name] === value)
          .map(({ position }) => cell * domain.length + position),
      ),
    [0],
  );
}

/** The slot of a measure, or of the count without one. */
function slotOf(
  { lane, release }: StatisticReference,
  { planes, lanes }: Product,
  group: PublishedGroup,
  measure: string | undefined,
): bigint {
  const span = lane === undefined ? 'epoch' : 'lane';
  const order =
    measure === undefined ? ['count'] : release === 'exact' ? ['total', 'sum'] : ['sum'];
  const plane = order
    .map((statistic) =>
      planes.findIndex(
        (one) => one.statistic === statistic && one.span === span && one.measure === measure,
      ),
    )
    .find((index) => index >= 0);
  const values = group.planes.find((one) => one.plane === plane)?.values ?? [];
  return BigInt(values[lane === undefined ? 0 : lane - lanes.first] ?? '0');
}

function quotient(numerator: bigint, denominator: bigint): Quotient | undefined {
  return denominator > 0n ? { numerator, denominator } : undefined;
}
