import { productDefinitionSchema, productIdSchema, type Product } from '@veilsum/protocol';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { productKey, products } from './ledger-objects.js';
import { requirePublishable } from './product-publication.js';
import { recordRuleChange } from './rule-change.js';
import { isSentAgain, takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';

const productReference = z.strictObject({
  productId: productIdSchema,
  version: z.number().int().min(1),
});

/** `product`: the standards that contributors and analysts share (docs/ledger.md, Standards). */
export class ProductContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('product', options);
  }

  /** The operator publishes a product version, which never changes afterwards. */
  publish(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: productDefinitionSchema };
    return this.transact(context, argument, rule, async (call, definition) => {
      const { state } = call;
      const { productId, version } = definition;
      const key = productKey(productId, version);
      const existing = await state.get(products, ...key);
      if (existing !== undefined) {
        if (isSentAgain(existing, definition, ['publishedAt'])) return existing;
        throw takenId('product version', `${productId}@${version}`);
      }
      await requirePublishable(state, definition);
      const product: Product = { ...definition, publishedAt: call.now };
      await state.put(products, key, product, await recordRuleChange(call));
      call.emit('productPublished', { productId, version });
      return product;
    });
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
