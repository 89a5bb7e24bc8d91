import { VeilsumError, proposalContentSchemas, type ProductDefinition } from '@veilsum/protocol';
import { standardApprovals } from '@veilsum/rules';
import { productKey, products } from './ledger-objects.js';
import { requirePublishable } from './product-publication.js';
import type { ProposedKind } from './proposal-effect.js';
import { recordRuleChange } from './rule-change.js';
import { isSentAgain, takenId } from './same-content.js';
import type { WorldState } from './world-state.js';

/** A product version, which never changes afterwards. */
export const standard: ProposedKind<ProductDefinition> = {
  schema: proposalContentSchemas.standard,
  approvals: standardApprovals,
  async check({ state }, definition) {
    await requireNewVersion(state, definition);
    await requirePublishable(state, definition);
  },
  async effect(call, definition) {
    const { productId, version } = definition;
    const product = { ...definition, publishedAt: call.now };
    const policy = await recordRuleChange(call);
    await call.state.put(products, productKey(productId, version), product, policy);
    return { name: 'productPublished', payload: { productId, version } };
  },
};

async function requireNewVersion(state: WorldState, definition: ProductDefinition): Promise<void> {
  const { productId, version } = definition;
  const existing = await state.get(products, ...productKey(productId, version));
  if (existing === undefined) return;
  if (!isSentAgain(existing, definition, ['publishedAt'])) {
    throw takenId('product version', `${productId}@${version}`);
  }
  throw new VeilsumError('INVALID_STATE', `${productId}@${version} is published already.`);
}
