import { productIdSchema } from '@veilsum/protocol';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { productKey, products } from './ledger-objects.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';

const productReference = z.strictObject({
  productId: productIdSchema,
  version: z.number().int().min(1),
});

/** `product`: the standards that contributors and analysts share, published by proposal (docs/ledger.md, Standards). */
export class ProductContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('product', options);
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: productReference };
    return this.transact(context, argument, rule, ({ state }, { productId, version }) =>
      state.require(products, ...productKey(productId, version)),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(products));
  }
}
