import {
  VeilsumError,
  type CommitteeKey,
  type MemberId,
  type Plan,
  type SettlementShare,
} from '@veilsum/protocol';
import {
  dividePrice,
  requestedCells,
  type PaidContributor,
  type PaidKeyholder,
  type PlannedQuery,
  type PriceDivision,
} from '@veilsum/rules';
import { committeeKeys, consortia, contributions, members } from './ledger-objects.js';
import { post } from './posting.js';
import { cohortRows, settlementShares } from './query-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** A keyholder's index with whether its share can be had. */
export interface DeliveredShare {
  readonly index: number;
  readonly delivered: boolean;
}

/** Pays a price out of its escrow and keeps who got what. */
export async function paySettlement(
  call: TransactionCall,
  query: PlannedQuery,
  delivered: readonly DeliveredShare[],
): Promise<void> {
  const paid = await divideQueryPrice(call.state, query.plan, delivered);
  const { queryId } = query;
  await post(
    call,
    paid.map(({ accountId, amount, kind }) => ({
      debit: `escrow:${queryId}`,
      credit: accountId,
      amount,
      kind,
      queryId,
    })),
  );
  for (const [position, share] of paid.entries()) {
    await call.state.put(settlementShares, [queryId, String(position).padStart(6, '0')], share);
  }
}

/** Who gets what of the price of a plan, on the terms of its authorisation. */
export async function divideQueryPrice(
  state: WorldState,
  plan: Plan,
  delivered: readonly DeliveredShare[],
): Promise<SettlementShare[]> {
  const key = await state.require(committeeKeys, plan.keyId);
  return dividePrice({
    price: BigInt(plan.price),
    split: (await state.require(consortia)).split,
    cells: requestedCells(plan.groups),
    contributors: await readPaidContributors(state, plan),
    keyholders: paidKeyholders(key, delivered),
    operatorId: await readOperatorId(state),
    analystId: plan.analyst,
  } satisfies PriceDivision);
}

/** The members behind indices of a key. */
export function paidKeyholders(
  { keyholders }: CommitteeKey,
  delivered: readonly DeliveredShare[],
): PaidKeyholder[] {
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

async function readPaidContributors(state: WorldState, plan: Plan): Promise<PaidContributor[]> {
  const paid: PaidContributor[] = [];
  for (const row of await state.list(cohortRows, plan.queryId)) {
    const { contributorId, contributionId, minimumPrice } = row;
    const { productId, epoch } = plan;
    const place = [productId, epoch, contributorId, contributionId];
    const { coverage } = await state.require(contributions, ...place);
    paid.push({ memberId: contributorId, minimum: BigInt(minimumPrice), coverage });
  }
  return paid;
}
