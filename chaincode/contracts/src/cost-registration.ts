import {
  epochSchema,
  amountSchema,
  memberIdSchema,
  productIdSchema,
  type Cost,
  type CostTerms,
  type SettlementFacts,
  type SettlementShare,
} from '@veilsum/protocol';
import { checkCostConfirmation, checkCostProposal, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { members } from './ledger-objects.js';
import { costs } from './reward-objects.js';
import { isSentAgain } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** Argument of `settlement:confirmCost`; it says what is confirmed, so that a change before it is noticed. */
export const costConfirmationSchema = z.strictObject({
  productId: productIdSchema,
  epoch: epochSchema,
  contributorId: memberIdSchema,
  amount: amountSchema,
});

/** A contributor says what its work for a product and epoch costs; until it is confirmed it may say so anew. */
export async function proposeCost(
  { state, caller, now }: TransactionCall,
  terms: CostTerms,
): Promise<Cost> {
  const place = [terms.productId, terms.epoch, caller.memberId];
  const existing = await state.get(costs, ...place);
  const sent = { ...terms, contributorId: caller.memberId };
  const added = ['status', 'proposedAt', 'confirmedBy', 'confirmedAt', 'repaid'] as const;
  if (existing !== undefined && isSentAgain(existing, sent, added)) return existing;
  requireAllowed(checkCostProposal(terms, existing));
  const cost: Cost = { ...sent, status: 'proposed', proposedAt: now, repaid: '0' };
  await state.put(costs, place, cost);
  return cost;
}

/** An operator of another legal entity gives the second signature; the cost counts from now on. */
export async function confirmCost(
  { state, caller, now }: TransactionCall,
  { productId, epoch, contributorId, amount }: z.infer<typeof costConfirmationSchema>,
): Promise<Cost> {
  const cost = await state.require(costs, productId, epoch, contributorId);
  const proposer = await state.require(members, contributorId);
  requireAllowed(checkCostConfirmation(cost, { proposer, confirmer: caller, amount }));
  if (cost.status === 'confirmed') return cost;
  const confirmed: Cost = {
    ...cost,
    status: 'confirmed',
    confirmedBy: caller.memberId,
    confirmedAt: now,
  };
  await state.put(costs, [productId, epoch, contributorId], confirmed);
  return confirmed;
}

/** Counts what a settlement repays of a registered cost, so that all queries together repay it once. */
export async function repayCost(
  state: WorldState,
  { productId, epoch }: Pick<SettlementFacts, 'productId' | 'epoch'>,
  { accountId, kind, amount }: SettlementShare,
): Promise<void> {
  if (kind !== 'cost-compensation') return;
  const place = [productId, epoch, accountId.slice('member:'.length)];
  const cost = await state.require(costs, ...place);
  await state.put(costs, place, { ...cost, repaid: String(BigInt(cost.repaid) + BigInt(amount)) });
}
