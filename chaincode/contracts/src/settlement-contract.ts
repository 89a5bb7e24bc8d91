import { queryIdSchema, queryRequestSchema } from '@veilsum/protocol';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { readSettlement, simulateQuery, simulateRequest } from './settlement-simulation.js';
import type { TransactionContext } from './transaction-stub.js';

const queryReference = z.strictObject({ queryId: queryIdSchema });

/** `settlement`: who gets what of a price (docs/ledger.md, Settlement). Reads only; queries pay by themselves. */
export class SettlementContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('settlement', options);
  }

  /** Shows everyone's share of a query, or of a request, before anyone agrees. */
  simulate(context: TransactionContext, argument: string): Promise<string> {
    const schema = z.union([queryReference, queryRequestSchema]);
    const rule = { access: 'member' as const, schema };
    return this.transact(context, argument, rule, (call, of) =>
      'format' in of ? simulateRequest(call, of) : simulateQuery(call, of.queryId),
    );
  }

  /** What was paid for a query; empty until it is settled. */
  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: queryReference };
    return this.transact(context, argument, rule, ({ state }, { queryId }) =>
      readSettlement(state, queryId),
    );
  }
}
