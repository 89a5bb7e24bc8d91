import type {
  DelegationId,
  DelegationUse,
  QueryId,
  QueryRecord,
  QueryRequest,
  SettlementShare,
} from '@veilsum/protocol';
import {
  NOTHING_TAKEN,
  changedUse,
  delegationRecharge,
  requireAllowed,
  useWithout,
  verdictOf,
  type DelegatedUse,
  type DelegationTake,
} from '@veilsum/rules';
import { delegatedParts, delegationUses, delegations } from './delegation-objects.js';
import { members } from './ledger-objects.js';
import { payerOf } from './reward-facts.js';
import type { WorldState } from './world-state.js';

/**
 * The delegation that a request names, with what other queries took of its limits; undefined when it names
 * none.
 * @throws {@link VeilsumError} DELEGATION_NOT_FOUND
 */
export async function readDelegated(
  state: WorldState,
  { delegationId, queryId }: Pick<QueryRequest, 'delegationId' | 'queryId'>,
): Promise<DelegatedUse | undefined> {
  if (delegationId === undefined) return undefined;
  const delegation = await state.require(delegations, delegationId);
  const use = await readDelegationUse(state, delegationId);
  return {
    delegation,
    principal: await state.require(members, delegation.principalId),
    use: useWithout(use, await readPart(state, queryId)),
  };
}

/**
 * The delegation of a plan that is opened, without its counters: keyholders at work and new queries of the
 * same agent do not get in each other's way.
 */
export async function readStandingDelegation(
  state: WorldState,
  { delegationId }: Pick<QueryRequest, 'delegationId'>,
): Promise<DelegatedUse | undefined> {
  if (delegationId === undefined) return undefined;
  const delegation = await state.require(delegations, delegationId);
  const principal = await state.require(members, delegation.principalId);
  return { delegation, principal, use: NOTHING_TAKEN };
}

/** What the queries of a delegation took together. */
export async function readDelegationUse(
  state: WorldState,
  delegationId: DelegationId,
): Promise<DelegationUse> {
  return (await state.get(delegationUses, delegationId)) ?? { delegationId, ...NOTHING_TAKEN };
}

/**
 * Counts a query against its delegation, if it has one; what it took while it was reviewed is replaced.
 * @param price - minor units that the principal pays
 */
export async function chargeDelegation(
  state: WorldState,
  { queryId, delegationId, epsilonMicro }: QueryRequest,
  price: bigint,
): Promise<void> {
  if (delegationId === undefined) return;
  const to = { queries: 1, money: String(price), epsilonMicro };
  await writePart(state, { queryId, delegationId }, to);
}

/**
 * Counts the ε of another attempt against the delegation.
 * @throws {@link VeilsumError} DELEGATION_EPSILON_BUDGET
 */
export async function rechargeDelegation(
  state: WorldState,
  { request, plan }: Pick<QueryRecord, 'request' | 'plan'>,
): Promise<void> {
  const { queryId, delegationId } = request;
  const epsilonMicro = plan?.epsilonMicro ?? 0;
  if (delegationId === undefined || epsilonMicro === 0) return;
  const delegation = await state.require(delegations, delegationId);
  const use = await readDelegationUse(state, delegationId);
  requireAllowed(verdictOf([delegationRecharge({ delegation, use }, epsilonMicro)]));
  const part = await readPart(state, queryId);
  const to = { ...part, epsilonMicro: part.epsilonMicro + epsilonMicro };
  await writePart(state, { queryId, delegationId }, to);
}

/** What of a query comes back to its delegation. */
interface DelegationReturn {
  /** Minor units that went back to the principal, or all of the price. */
  readonly refunded: bigint | 'all';
  /** Whether the query counts no more and its ε comes back: no share of it was recorded. */
  readonly everything: boolean;
}

/** Gives back what a query took of its delegation and did not use. */
export async function giveBackToDelegation(
  state: WorldState,
  { queryId, delegationId }: Pick<QueryRequest, 'queryId' | 'delegationId'>,
  { refunded, everything }: DelegationReturn,
): Promise<void> {
  if (delegationId === undefined) return;
  const part = await readPart(state, queryId);
  const money = refunded === 'all' ? '0' : String(BigInt(part.money) - refunded);
  const to = everything ? { ...NOTHING_TAKEN, money } : { ...part, money };
  await writePart(state, { queryId, delegationId }, to);
}

/** Gives back to a query's delegation what its settlement refunds: fees of keyholders who did not deliver. */
export async function returnRefundedShares(
  state: WorldState,
  query: Pick<QueryRecord, 'request' | 'payerId' | 'analystId'>,
  shares: readonly Pick<SettlementShare, 'accountId' | 'kind' | 'amount'>[],
): Promise<void> {
  const accountId = `member:${payerOf(query)}`;
  const refunded = shares
    .filter((share) => share.kind === 'refund' && share.accountId === accountId)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  if (refunded === 0n) return;
  await giveBackToDelegation(state, query.request, { refunded, everything: false });
}

async function readPart(state: WorldState, queryId: QueryId): Promise<DelegationTake> {
  return (await state.get(delegatedParts, queryId)) ?? NOTHING_TAKEN;
}

async function writePart(
  state: WorldState,
  of: { readonly queryId: QueryId; readonly delegationId: DelegationId },
  { queries, money, epsilonMicro }: DelegationTake,
): Promise<void> {
  const { queryId, delegationId } = of;
  const to = { queries, money, epsilonMicro };
  const use = await readDelegationUse(state, delegationId);
  const next = changedUse(use, await readPart(state, queryId), to);
  await state.put(delegationUses, [delegationId], next);
  await state.put(delegatedParts, [queryId], { queryId, delegationId, ...to });
}
