import { goalIdSchema, goalTermsSchema, type Goal, type GoalTerms } from '@veilsum/protocol';
import { checkGoal, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { productKey, products } from './ledger-objects.js';
import { goalOutcomes, goals } from './reward-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const goalReference = z.strictObject({ goalId: goalIdSchema });
const anyMember = 'member' as const;

/** `goal`: business figures that were promised, and what came of them (docs/ledger.md, Settlement). */
export class GoalContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('goal', options);
  }

  /** A member promises a figure; it never changes afterwards. */
  set(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: goalTermsSchema };
    return this.transact(context, argument, rule, setGoal);
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: goalReference };
    return this.transact(context, argument, rule, ({ state }, { goalId }) =>
      state.require(goals, goalId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(goals));
  }

  /** What published statistics came to for a goal. */
  outcomes(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: goalReference };
    return this.transact(context, argument, rule, async ({ state }, { goalId }) => {
      await state.require(goals, goalId);
      return state.list(goalOutcomes, goalId);
    });
  }
}

async function setGoal(call: TransactionCall, terms: GoalTerms): Promise<Goal> {
  const { state, caller, now } = call;
  const existing = await state.get(goals, terms.goalId);
  if (existing !== undefined) {
    if (isSentAgain(existing, { ...terms, ownerId: caller.memberId }, ['setAt'])) return existing;
    throw takenId('goal', terms.goalId);
  }
  const { productId, productVersion } = terms.statistic;
  const product = await state.require(products, ...productKey(productId, productVersion));
  requireAllowed(checkGoal(terms, { product, now }));
  const goal: Goal = { ...terms, ownerId: caller.memberId, setAt: now };
  await state.put(goals, [goal.goalId], goal);
  call.emit('goalChanged', { goalId: goal.goalId });
  return goal;
}
