import {
  costTermsSchema,
  epochSchema,
  productIdSchema,
  queryIdSchema,
  queryRequestSchema,
  rewardSchemeSchema,
} from '@veilsum/protocol';
import { rewardSchemeInForce } from '@veilsum/rules';
import { z } from 'zod';
import { confirmCost, costConfirmationSchema, proposeCost } from './cost-registration.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { costs, rewardSchemes } from './reward-objects.js';
import {
  explainSettlement,
  readQuerySettlementFacts,
  readSettlement,
  simulateQuery,
  simulateRequest,
} from './settlement-simulation.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';

const queryReference = z.strictObject({ queryId: queryIdSchema });
const querySimulation = queryReference.extend({ scheme: rewardSchemeSchema.optional() });
const costFilter = z.strictObject({
  productId: productIdSchema.optional(),
  epoch: epochSchema.optional(),
});
const anyMember = 'member' as const;

/** `settlement`: who gets what of a price (docs/ledger.md, Settlement). Queries pay by themselves. */
export class SettlementContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('settlement', options);
  }

  /** Shows everyone's share of a query, under its own scheme or another, or of a request. */
  simulate(context: TransactionContext, argument: string): Promise<string> {
    const schema = z.union([querySimulation, queryRequestSchema]);
    const rule = { access: anyMember, schema };
    return this.transact(context, argument, rule, (call, of) =>
      'format' in of ? simulateRequest(call, of) : simulateQuery(call, of.queryId, of.scheme),
    );
  }

  /** What was paid for a query; empty until it is settled. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, ({ state }, { queryId }) =>
      readSettlement(state, queryId),
    );
  }

  /** A query's money with its reasons: what the subsidy fund did, and why not. */
  explain(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, ({ state }, { queryId }) =>
      explainSettlement(state, queryId),
    );
  }

  /** All that a query's settlement depends on but the scheme and the fund. */
  facts(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: queryReference };
    return this.transact(context, argument, rule, (call, { queryId }) =>
      readQuerySettlementFacts(call, queryId),
    );
  }

  /** The reward scheme that is in force, or null, and every adopted one. */
  scheme(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: nothingSchema };
    return this.transact(context, argument, rule, async ({ state, now }) => {
      const adopted = await state.list(rewardSchemes);
      return { inForce: rewardSchemeInForce(adopted, now) ?? null, adopted };
    });
  }

  /** A contributor registers what its work for a product and epoch costs. */
  proposeCost(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: costTermsSchema };
    return this.transact(context, argument, rule, proposeCost);
  }

  /** An operator of another legal entity confirms a cost, which counts from then on. */
  confirmCost(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: costConfirmationSchema };
    return this.transact(context, argument, rule, confirmCost);
  }

  /** Registered costs, all or of a product, or of a product and epoch. */
  costs(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: anyMember, schema: costFilter };
    return this.transact(context, argument, rule, ({ state }, { productId, epoch }) =>
      state.list(
        costs,
        ...(productId === undefined ? [] : [productId, ...(epoch === undefined ? [] : [epoch])]),
      ),
    );
  }
}
