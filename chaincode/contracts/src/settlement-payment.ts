import {
  VeilsumError,
  type CommitteeKey,
  type MemberId,
  type SettlementFacts,
  type SettlementShare,
  type TopUp,
} from '@veilsum/protocol';
import {
  fundNeeded,
  sharesOf,
  smallShares,
  topUpsOf,
  type PlannedQuery,
  type Posting,
  type RewardTerms,
} from '@veilsum/rules';
import { repayCost } from './cost-registration.js';
import { returnRefundedShares } from './delegation-use.js';
import { committeeKeys, members } from './ledger-objects.js';
import { post } from './posting.js';
import { settlementShares } from './query-objects.js';
import { fundHoldings, needsOf, readSettlementFacts } from './reward-facts.js';
import { settlementTopUps } from './reward-objects.js';
import { rewardTermsOf } from './reward-scheme-adoption.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** A keyholder's index with whether its share can be had. */
export interface DeliveredShare {
  readonly index: number;
  readonly delivered: boolean;
}

/** A settlement as it is paid, or would be. */
export interface PricedSettlement {
  readonly facts: SettlementFacts;
  /** Add up to the price. */
  readonly shares: readonly SettlementShare[];
  /** Come from the fund, beside the price. */
  readonly topUps: readonly TopUp[];
}

/** Pays a price out of its escrow and the top-ups out of the fund, and keeps who got what and why. */
export async function paySettlement(
  call: TransactionCall,
  query: PlannedQuery,
  delivered: readonly DeliveredShare[],
): Promise<void> {
  const { state } = call;
  const terms = await rewardTermsOf(state, query);
  const { facts, shares, topUps } = await priceSettlement(state, { query, delivered, terms });
  for (const share of shares) await repayCost(state, facts, share);
  await post(call, settlementPostings(query, { shares, topUps }));
  await returnRefundedShares(state, query, shares);
  const { queryId } = query;
  for (const [position, share] of shares.entries()) {
    await state.put(settlementShares, [queryId, String(position).padStart(6, '0')], share);
  }
  for (const topUp of topUps) await state.put(settlementTopUps, [queryId, topUp.memberId], topUp);
}

/** All money that a settlement moves. */
function settlementPostings(
  { queryId }: PlannedQuery,
  { shares, topUps }: Pick<PricedSettlement, 'shares' | 'topUps'>,
): Posting[] {
  const fromEscrow = shares.map(({ accountId, amount, kind }) => ({
    debit: `escrow:${queryId}`,
    credit: accountId,
    amount,
    kind,
    queryId,
  }));
  const fromFund = topUps.map(({ memberId, amount }) => ({
    debit: 'fund:subsidy',
    credit: `member:${memberId}`,
    amount,
    kind: 'subsidy-top-up' as const,
    queryId,
  }));
  return [...fromEscrow, ...fromFund];
}

/** Who gets what of a query's price and of the fund, under terms. */
export async function priceSettlement(
  state: WorldState,
  of: {
    readonly query: PlannedQuery;
    readonly delivered: readonly DeliveredShare[];
    readonly terms: RewardTerms;
  },
): Promise<PricedSettlement> {
  const { query, delivered, terms } = of;
  const key = await state.require(committeeKeys, query.plan.keyId);
  const facts = await readSettlementFacts(state, query, {
    keyholders: paidKeyholders(key, delivered),
    operatorId: await readOperatorId(state),
    needs: needsOf(terms),
  });
  return priceFacts(state, facts, terms);
}

/** Divides what facts and terms say, with what the fund holds now. */
export async function priceFacts(
  state: WorldState,
  facts: SettlementFacts,
  terms: RewardTerms,
): Promise<PricedSettlement> {
  const shares = sharesOf(facts, terms);
  const small = smallShares(facts, shares, terms);
  const fund = await fundHoldings(state, fundNeeded(small, terms));
  return { facts, shares, topUps: topUpsOf(small, terms, fund) };
}

/** The members behind indices of a key. */
export function paidKeyholders(
  { keyholders }: CommitteeKey,
  delivered: readonly DeliveredShare[],
): SettlementFacts['keyholders'] {
  return delivered.map(({ index, delivered: isDelivered }) => {
    const memberId = keyholders[index - 1];
    if (memberId === undefined) {
      throw new VeilsumError('LEDGER_INTEGRITY', `There is no keyholder ${index}.`);
    }
    return { memberId, delivered: isDelivered };
  });
}

/** The operator who has been a member for longest, active ones first: it runs the network. */
export async function readOperatorId(state: WorldState): Promise<MemberId> {
  const [operator] = (await state.list(members))
    .filter(({ roles }) => roles.includes('operator'))
    .sort(
      (left, right) =>
        Number(right.status === 'active') - Number(left.status === 'active') ||
        left.registeredAt - right.registeredAt ||
        (left.memberId < right.memberId ? -1 : 1),
    );
  if (operator !== undefined) return operator.memberId;
  throw new VeilsumError('LEDGER_INTEGRITY', 'The consortium has no operator.');
}
