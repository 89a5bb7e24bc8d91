import type { QueryRecord } from '@veilsum/protocol';
import type { Commit } from './commit.js';
import type { CommittedState, StateChange } from './committed-state.js';
import { productOf } from './release-invariants.js';

/** No consent is used more often than it allowed when it was used, and the count is what queries took. */
export function usesWithinConsent(state: CommittedState, commit: Commit): string[] {
  const ofAuthorised = commit.changes
    .of('query')
    .filter(({ before, after }) => before?.plan === undefined && after?.plan !== undefined)
    .flatMap(({ parts: [queryId = ''] }) => state.list('queryCohort', queryId))
    .flatMap(({ contributorId, consentId }) => {
      const used = usesOf(state, consentId);
      const consent = state
        .list('consent')
        .find((it) => it.consentId === consentId && it.contributorId === contributorId);
      return consent !== undefined && used <= consent.maxUses
        ? []
        : [`consent ${consentId} allows ${consent?.maxUses} uses and has ${used}`];
    });
  const ofCounts = commit.changes.of('consentUse').flatMap(({ parts: [consentId = ''], after }) => {
    const used = usesOf(state, consentId);
    return after?.uses === used
      ? []
      : [`consent ${consentId} has ${used} uses and the ledger counts ${after?.uses}`];
  });
  return [...ofAuthorised, ...ofCounts];
}

/** No (member, budget group, epoch) has more ε spent than product and consents allow, and the account says what was spent. */
export function spendingWithinBudgets(state: CommittedState, commit: Commit): string[] {
  const changes = commit.changes.of('privacyAccount');
  if (changes.length === 0) return [];
  const charging = chargingQuery(commit);
  return changes.flatMap((change) => accountFaults(state, change, charging));
}

function accountFaults(
  state: CommittedState,
  { parts, before, after }: StateChange<'privacyAccount'>,
  charging: QueryRecord | undefined,
): string[] {
  const [group, epoch, memberId] = parts as [string, string, string];
  const name = `the budget of ${memberId} in ${group} ${epoch}`;
  const spent = spentOf(state, { group, epoch, memberId });
  if (after?.spentMicro !== spent) return [`${name} says ${after?.spentMicro}, not ${spent}`];
  if (spent <= (before?.spentMicro ?? 0)) return [];
  const limit = limitOf(state, charging, memberId);
  return spent <= limit ? [] : [`${name} is ${limit}, and ${spent} was spent`];
}

function chargingQuery({ changes }: Commit): QueryRecord | undefined {
  return changes.of('query')[0]?.after;
}

function limitOf(state: CommittedState, query: QueryRecord | undefined, memberId: string): number {
  if (query === undefined) return 0;
  const { productId } = query.request;
  const limits = state
    .list('queryCohort', query.queryId)
    .filter(({ contributorId }) => contributorId === memberId)
    .map(
      ({ consentId }) =>
        state.get('consent', productId, memberId, consentId)?.epsilonPerEpochMicro ?? 0,
    );
  return Math.min(productOf(state, query)?.epsilonPerEpochMicro ?? 0, ...limits);
}

function usesOf(state: CommittedState, consentId: string): number {
  const shared = queriesWithShares(state);
  return state
    .entries('queryCohort')
    .filter(
      ({ parts: [queryId = ''], value }) =>
        value.consentId === consentId && isCounted(state.get('query', queryId), shared),
    ).length;
}

function spentOf(
  state: CommittedState,
  { group, epoch, memberId }: { group: string; epoch: string; memberId: string },
): number {
  const shared = queriesWithShares(state);
  return state
    .entries('queryCohort')
    .filter(({ value }) => value.contributorId === memberId)
    .map(({ parts: [queryId = ''] }) => state.get('query', queryId))
    .filter((query) => query !== undefined)
    .filter((query) => query.request.epoch === epoch && isCounted(query, shared))
    .filter((query) => productOf(state, query)?.budgetGroup === group)
    .reduce((sum, query) => sum + chargesOf(state, query) * query.request.epsilonMicro, 0);
}

/** Once at the authorisation, and once for each attempt that follows one with a recorded share. */
export function chargesOf(state: CommittedState, { queryId, attempt }: QueryRecord): number {
  const attempts = state.entries('share', queryId).map(({ parts: [, number] }) => Number(number));
  const ended = [...new Set(attempts)].filter((number) => number < (attempt?.attempt ?? 0));
  return 1 + ended.length;
}

/** A query that ended without any recorded share took nothing. */
export function isCounted(
  query: QueryRecord | undefined,
  shared: ReadonlySet<string | undefined>,
): boolean {
  if (query?.plan === undefined) return false;
  return !['expired', 'failed'].includes(query.status) || shared.has(query.queryId);
}

/** Ids of the queries of which a share was ever recorded. */
export function queriesWithShares(state: CommittedState): ReadonlySet<string | undefined> {
  return new Set(state.entries('share').map(({ parts: [queryId] }) => queryId));
}
