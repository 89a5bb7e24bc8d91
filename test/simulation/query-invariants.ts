import type { QueryRecord } from '@veilsum/protocol';
import { deadlines } from './cast.js';
import type { Commit } from './commit.js';
import type { CommittedState } from './committed-state.js';
import { isCounted, queriesWithShares } from './privacy-invariants.js';
import { productOf } from './release-invariants.js';

type Status = QueryRecord['status'] | 'none';

const steps: Readonly<Record<Status, readonly Status[]>> = {
  none: ['reviewing', 'authorised', 'refused'],
  reviewing: ['reviewing', 'authorised', 'refused', 'expired'],
  authorised: ['authorised', 'blinded', 'expired', 'failed'],
  blinded: ['blinded', 'authorised', 'released', 'expired', 'failed'],
  released: ['released', 'settled', 'failed'],
  settled: [],
  refused: [],
  expired: [],
  failed: [],
};

/** A query only goes forward, and what is final stays. */
export function statusesInOrder(_: CommittedState, { changes }: Commit): string[] {
  return changes.of('query').flatMap(({ parts: [queryId], before, after }) => {
    const from = before?.status ?? 'none';
    const to = after?.status ?? 'none';
    return steps[from].includes(to) ? [] : [`query ${queryId} went from ${from} to ${to}`];
  });
}

/** No two plans are sealed to one result key. */
export function resultKeysUnique(state: CommittedState, { changes }: Commit): string[] {
  return planned(changes).flatMap((query) => {
    const { resultKey } = query.request;
    const others = state
      .list('query')
      .filter(({ plan, queryId }) => plan?.resultKey === resultKey && queryId !== query.queryId);
    return others.length === 0
      ? []
      : [`queries ${query.queryId} and ${others[0]?.queryId} have one result key`];
  });
}

/** Exact plans of a product and epoch have one cohort; where cohorts are protected, none is nearly another. */
export function cohortsKeptApart(state: CommittedState, { changes }: Commit): string[] {
  const shared = queriesWithShares(state);
  return planned(changes).flatMap((query) => {
    const { request, queryId } = query;
    const others = state
      .list('query')
      .filter(
        (other) =>
          other.queryId !== queryId &&
          other.request.productId === request.productId &&
          other.request.epoch === request.epoch &&
          isCounted(other, shared),
      );
    return others.flatMap((other) => pairFaults(state, query, other));
  });
}

function pairFaults(state: CommittedState, query: QueryRecord, other: QueryRecord): string[] {
  const both = `queries ${query.queryId} and ${other.queryId}`;
  const differing = differenceOf(state, query, other);
  const exact = query.request.release === 'exact' && other.request.release === 'exact';
  if (exact && differing.contributions > 0) return [`${both} are exact over different cohorts`];
  const product = productOf(state, query);
  if (product?.differencing !== 'cohort') return [];
  const narrow = [differing.ownersOfContributions, differing.entities].some(
    (size) => size > 0 && size < product.minCohort,
  );
  return narrow ? [`${both} differ in too few legal entities`] : [];
}

function differenceOf(state: CommittedState, query: QueryRecord, other: QueryRecord) {
  const left = state.list('queryCohort', query.queryId);
  const right = state.list('queryCohort', other.queryId);
  const ids = (rows: typeof left) => new Set(rows.map(({ contributionId }) => contributionId));
  const owners = (rows: typeof left) => new Set(rows.map(({ legalEntityId }) => legalEntityId));
  const lone = [
    ...left.filter(({ contributionId }) => !ids(right).has(contributionId)),
    ...right.filter(({ contributionId }) => !ids(left).has(contributionId)),
  ];
  const apart = [...owners(left)].filter((owner) => !owners(right).has(owner));
  apart.push(...[...owners(right)].filter((owner) => !owners(left).has(owner)));
  return {
    contributions: lone.length,
    ownersOfContributions: owners(lone).size,
    entities: apart.length,
  };
}

function planned(changes: Commit['changes']): QueryRecord[] {
  return changes
    .of('query')
    .filter(({ before, after }) => before?.plan === undefined && after?.plan !== undefined)
    .flatMap(({ after }) => (after === undefined ? [] : [after]));
}

/** The transaction by which anyone may end a query now, because its time is over; undefined while it is not. */
export function endingOf(
  state: CommittedState,
  query: QueryRecord,
  now: number,
): 'expire' | 'settle' | undefined {
  const { status, review } = query;
  if (status === 'reviewing') return now > (review?.deadline ?? 0) ? 'expire' : undefined;
  if (status === 'authorised' || status === 'blinded') {
    return now > lastMomentOf(query) ? 'expire' : undefined;
  }
  if (status !== 'released') return undefined;
  return now > disputesOver(state, query) ? 'settle' : undefined;
}

/** When anyone may end an attempt that nobody goes on with. */
function lastMomentOf({ attempt }: QueryRecord): number {
  const { blindingMs, releaseMs } = deadlines;
  const { blindingDeadline = 0, releaseDeadline = 0 } = attempt ?? {};
  return Math.max(blindingDeadline, releaseDeadline) + blindingMs + releaseMs;
}

function disputesOver(state: CommittedState, { queryId, settleDeadline }: QueryRecord): number {
  const answers = state.list('dispute', queryId).map(({ answerDeadline }) => answerDeadline);
  return Math.max(settleDeadline, ...answers);
}

/** At the end every query has one. */
export function everyQueryEnded(state: CommittedState): string[] {
  return state
    .list('query')
    .filter(({ status }) => steps[status].length > 0)
    .map(({ queryId, status }) => `query ${queryId} is still ${status} after all deadlines`);
}
