import {
  VeilsumError,
  type Plan,
  type Product,
  type PublishedGroup,
  type QueryRequest,
  type StatisticReference,
} from '@veilsum/protocol';
import { productCellCount } from '../product/product-cells.js';
import { epochPeriod } from '../product/epoch-period.js';
import { fraction, type Fraction } from '../settlement/fraction.js';
import { planesFor, sumPlaneFor } from '../query/requested-planes.js';
import { groupsFor, requestedCells } from '../query/result-groups.js';
import type { RuleFailure } from '../verdict.js';

/** Why a product cannot answer a statistic; undefined when it can. */
export function statisticFault(
  reference: StatisticReference,
  product: Product,
): RuleFailure | undefined {
  const { release, epsilonMicroMin, lane, epoch } = reference;
  if ((release === 'noisy') !== (epsilonMicroMin !== undefined)) {
    return invalid('The field statistic.epsilonMicroMin is given exactly for noisy release.');
  }
  const { first, count } = product.lanes;
  if (lane !== undefined && (lane < first || lane >= first + count)) {
    return invalid(`The product has no ${product.lanes.name} ${lane}.`);
  }
  try {
    epochPeriod(product.epochs.calendar, epoch);
    planesFor(product, { ...reference, span: spanOf(reference) });
    cellsOf(reference, product);
    return undefined;
  } catch (error) {
    if (!(error instanceof VeilsumError)) throw error;
    return invalid(error.message);
  }
}

/** A published result with the plan and request that say what its numbers mean. */
export interface ReadableResult {
  readonly product: Product;
  readonly plan: Plan;
  readonly request: QueryRequest;
  readonly groups: readonly Pick<PublishedGroup, 'group' | 'planes'>[];
}

/** Whether a request asks for the statistic, its groups apart. */
export function asksFor(reference: StatisticReference, request: QueryRequest): boolean {
  return (
    request.productId === reference.productId &&
    request.productVersion === reference.productVersion &&
    request.epoch === reference.epoch &&
    request.function === reference.function &&
    request.measures.join('\n') === reference.measures.join('\n') &&
    request.span === spanOf(reference) &&
    request.release === reference.release &&
    request.epsilonMicro >= (reference.epsilonMicroMin ?? 0)
  );
}

/**
 * The value of a statistic in what has been published of a result: an exact fraction of integers as
 * released, their noise included.
 * @returns undefined when the result does not answer it, not all groups that it needs are published, or
 * its denominator is not positive beside its noise
 */
export function statisticValue(
  reference: StatisticReference,
  result: ReadableResult,
): Fraction | undefined {
  const { product, plan, request } = result;
  if (!asksFor(reference, request)) return undefined;
  const wanted = cellsOf(reference, product).join();
  const index = plan.groups.findIndex(({ cells }) => cells.join() === wanted);
  const group = result.groups.find((published) => published.group === index);
  if (index < 0 || group === undefined) return undefined;
  return valueOfGroup(reference, result, group);
}

type OneGroup = ReadableResult['groups'][number];

function valueOfGroup(
  reference: StatisticReference,
  result: ReadableResult,
  group: OneGroup,
): Fraction | undefined {
  const { product, request } = result;
  const [first = '', second = ''] = reference.measures;
  const count = (of: OneGroup) => slot(reference, result, of, countPlane(product, request));
  const sum = (of: OneGroup, measure: string) =>
    slot(reference, result, of, sumPlaneFor(product, measure, request));
  switch (reference.function) {
    case 'count':
      return fraction(count(group), 1n);
    case 'sum':
      return fraction(sum(group, first), 1n);
    case 'mean':
      return quotient(sum(group, first), count(group));
    case 'ratio':
      return quotient(sum(group, first), sum(group, second));
    case 'share': {
      const part = (of: OneGroup) => (first === '' ? count(of) : sum(of, first));
      if (!isWhole(result)) return undefined;
      const total = result.groups.reduce((all, one) => all + part(one), 0n);
      return quotient(part(group), total);
    }
  }
}

/** A share is one of everything: every cell of the product is in a group, and every group is published. */
function isWhole({ product, plan, groups }: ReadableResult): boolean {
  return (
    groups.length === plan.groups.length &&
    requestedCells(plan.groups).length === productCellCount(product)
  );
}

function quotient(numerator: bigint, denominator: bigint): Fraction | undefined {
  return denominator > 0n ? fraction(numerator, denominator) : undefined;
}

function slot(
  { lane }: StatisticReference,
  { product }: ReadableResult,
  group: OneGroup,
  plane: number,
): bigint {
  const values = group.planes.find((published) => published.plane === plane)?.values;
  const value = values?.[lane === undefined ? 0 : lane - product.lanes.first];
  if (value === undefined) throw new Error('A published group lacks a plane of its plan.');
  return BigInt(value);
}

function countPlane(product: Product, { span }: QueryRequest): number {
  return product.planes.findIndex((plane) => plane.statistic === 'count' && plane.span === span);
}

const spanOf = ({ lane }: StatisticReference) => (lane === undefined ? 'epoch' : 'lane');

/** The cells that a statistic is about, ascending. @throws {@link VeilsumError} QUERY_INVALID */
function cellsOf({ group }: StatisticReference, product: Product): number[] {
  const where = Object.fromEntries(Object.entries(group).map(([name, value]) => [name, [value]]));
  return requestedCells(groupsFor(product, { groupBy: Object.keys(group), where }));
}

function invalid(sentence: string): RuleFailure {
  return { code: 'STATISTIC_INVALID', sentence };
}
