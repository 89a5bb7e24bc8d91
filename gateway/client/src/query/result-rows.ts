import {
  decodeResultValues,
  EncodingError,
  halfWidth95,
  noiseVariance,
  type PublicKey,
} from '@veilsum/crypto';
import { VeilsumError, type Plan, type Product, type QueryRequest } from '@veilsum/protocol';
import { layoutForProduct, sumPlaneFor } from '@veilsum/rules';
import {
  meanEstimate,
  plainEstimate,
  ratioEstimate,
  shareEstimates,
  standardDeviationEstimate,
  varianceEstimate,
  type Estimate,
  type NoisySlot,
} from './estimate.js';

/** One line of a result: a group, and the lane it is about, or null for the whole epoch. */
export interface ResultRow extends Estimate {
  readonly group: Readonly<Record<string, string>>;
  /** Number of the lane as the product counts it (`lanes.first` is the first). */
  readonly lane: number | null;
}

/** A line that cannot be shown, and why. */
export interface SuppressedRow {
  readonly group: Readonly<Record<string, string>>;
  readonly lane: number | null;
  readonly reason: string;
}

export interface ResultRows {
  readonly rows: readonly ResultRow[];
  readonly suppressed: readonly SuppressedRow[];
}

export interface OpenedPlan {
  readonly product: Product;
  readonly key: PublicKey;
  readonly plan: Plan;
  readonly request: QueryRequest;
  /** Opened plaintexts in [0, n), in block order (docs/protocol.md §6.2). */
  readonly messages: readonly bigint[];
  /** |A|: how many keyholders added noise. */
  readonly samples: number;
}

/**
 * Decodes the opened blocks and computes what was asked for, with its error.
 * @throws {@link VeilsumError} RESULT_UNDECODABLE when the blocks do not decode: some contribution
 * was out of bounds
 */
export function resultRows(opened: OpenedPlan): ResultRows {
  const slots = decodeGroups(opened);
  const lanes = opened.request.span === 'epoch' ? 1 : opened.product.lanes.count;
  const rows: ResultRow[] = [];
  const suppressed: SuppressedRow[] = [];
  for (let lane = 0; lane < lanes; lane += 1) {
    const estimates = estimatesOfLane(
      opened,
      slots.map((group) => slotsAt(group, lane)),
    );
    estimates.forEach((estimate, index) => {
      const place = { group: groupKey(opened.plan, index), lane: laneNumber(opened, lane) };
      if (estimate === undefined) suppressed.push({ ...place, reason: NOT_POSITIVE });
      else rows.push({ ...place, ...estimate });
    });
  }
  return { rows: inGroupOrder(opened.plan, rows), suppressed };
}

const NOT_POSITIVE = 'The count, denominator or variance is not positive beside its noise.';

type PlaneSlots = ReadonlyMap<number, NoisySlot>;
type GroupSlots = ReadonlyMap<number, readonly NoisySlot[]>;

/** For each group, for each plane of the plan, its slots with their noise. */
function decodeGroups({ product, key, plan, messages, samples }: OpenedPlan): GroupSlots[] {
  const planes = plan.planes.map(({ plane }) => plane);
  const laws = plan.planes.map((entry) => noiseOf(plan, entry, samples));
  const layout = layoutForProduct(product, key);
  const groups = plan.groups.length;
  const values = decodable(() => decodeResultValues({ key, layout, planes, groups, messages }));
  return values.map(
    (group) =>
      new Map(
        planes.map((plane, position) => [
          plane,
          (group[position] ?? []).map((value) => ({ value, ...(laws[position] ?? NO_NOISE) })),
        ]),
      ),
  );
}

const NO_NOISE = { variance: 0, halfWidth95: 0 };

function noiseOf(plan: Plan, entry: Plan['planes'][number], samples: number) {
  if (plan.release === 'exact') return NO_NOISE;
  const law = {
    sensitivity: BigInt(entry.sensitivity),
    epsilonMicro: BigInt(entry.epsilonMicro),
  };
  return { variance: noiseVariance(samples, law), halfWidth95: halfWidth95(samples, law) };
}

function decodable<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw new VeilsumError(
      'RESULT_UNDECODABLE',
      'The opened blocks do not decode: some contribution is out of bounds.',
      { cause: error },
    );
  }
}

function slotsAt(group: GroupSlots, lane: number): PlaneSlots {
  return new Map([...group].map(([plane, slots]) => [plane, slots[lane] ?? slotMissing(plane)]));
}

/** One estimate for each group, undefined where it cannot be shown. */
function estimatesOfLane(
  { product, request }: OpenedPlan,
  groups: readonly PlaneSlots[],
): (Estimate | undefined)[] {
  const count = (slots: PlaneSlots) => slot(slots, planeIndex(product, 'count', request.span));
  const sum = (slots: PlaneSlots, measure = request.measures[0] ?? '') =>
    slot(slots, sumPlaneFor(product, measure, request));
  const bounded = (slots: PlaneSlots, statistic: 'sum' | 'sumSquares') =>
    slot(slots, planeIndex(product, statistic, request.span, request.measures[0]));
  const variance = (slots: PlaneSlots) =>
    varianceEstimate(bounded(slots, 'sumSquares'), bounded(slots, 'sum'), count(slots));
  switch (request.function) {
    case 'count':
      return groups.map((slots) => plainEstimate(count(slots)));
    case 'sum':
      return groups.map((slots) => plainEstimate(sum(slots)));
    case 'mean':
      return groups.map((slots) => meanEstimate(sum(slots), count(slots)));
    case 'variance':
      return groups.map(variance);
    case 'standardDeviation':
      return groups.map((slots) => standardDeviationEstimate(variance(slots)));
    case 'ratio':
      return groups.map((slots) => ratioEstimate(sum(slots), sum(slots, request.measures[1])));
    case 'share':
      return shareEstimates(groups.map(request.measures.length === 0 ? count : (s) => sum(s)));
  }
}

function planeIndex(
  product: Product,
  statistic: Product['planes'][number]['statistic'],
  span: QueryRequest['span'],
  measure?: string,
): number {
  return product.planes.findIndex(
    (plane) => plane.statistic === statistic && plane.span === span && plane.measure === measure,
  );
}

function slot(slots: PlaneSlots, plane: number): NoisySlot {
  return slots.get(plane) ?? slotMissing(plane);
}

function slotMissing(plane: number): never {
  throw new VeilsumError('RESULT_UNDECODABLE', `The plan does not open plane ${plane}.`);
}

const groupKey = (plan: Plan, index: number) => plan.groups[index]?.key ?? {};

const laneNumber = ({ product, request }: OpenedPlan, lane: number) =>
  request.span === 'epoch' ? null : product.lanes.first + lane;

function inGroupOrder(plan: Plan, rows: readonly ResultRow[]): ResultRow[] {
  return plan.groups.flatMap(({ key }) => rows.filter(({ group }) => group === key));
}
