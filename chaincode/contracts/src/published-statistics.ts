import type { PublishedResult, QueryId, StatisticReference } from '@veilsum/protocol';
import {
  requirePlanned,
  statisticValue,
  type Fraction,
  type PlannedQuery,
  type ReadableResult,
} from '@veilsum/rules';
import { productKey, products } from './ledger-objects.js';
import { queries } from './query-objects.js';
import { publishedGroups, publishedResults } from './reward-objects.js';
import type { WorldState } from './world-state.js';

/** A published value of a statistic. */
export interface PublishedValue {
  readonly queryId: QueryId;
  readonly value: Fraction;
}

/**
 * The first published value of a statistic.
 * @param until groups that were published later do not count; milliseconds
 */
export async function firstPublishedValue(
  state: WorldState,
  statistic: StatisticReference,
  until: number,
): Promise<PublishedValue | undefined> {
  const { productId, epoch } = statistic;
  const results = await state.list(publishedResults, productId, epoch);
  for (const { queryId } of results.sort(byTime)) {
    const query = requirePlanned(await state.require(queries, queryId));
    const value = statisticValue(statistic, await readableResult(state, query, until));
    if (value !== undefined) return { queryId, value };
  }
  return undefined;
}

async function readableResult(
  state: WorldState,
  { queryId, plan, request }: PlannedQuery,
  until: number,
): Promise<ReadableResult> {
  const product = await state.require(products, ...productKey(plan.productId, plan.productVersion));
  const groups = await state.list(publishedGroups, queryId);
  return {
    product,
    plan,
    request,
    groups: groups.filter(({ publishedAt }) => publishedAt <= until),
  };
}

function byTime(left: PublishedResult, right: PublishedResult): number {
  return left.publishedAt - right.publishedAt || (left.queryId < right.queryId ? -1 : 1);
}
