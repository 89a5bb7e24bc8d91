import { VeilsumError, proposalContentSchemas, type ProductDefinition } from '@veilsum/protocol';
import {
  STANDARD_LAYOUT_KEY,
  checkProduct,
  checkProductAmong,
  requireAllowed,
  standardApprovals,
  type LayoutKey,
} from '@veilsum/rules';
import { committeeKeys, currentKeys, productKey, products } from './ledger-objects.js';
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
    requireAllowed(checkProduct(definition, await layoutKeyOf(state)));
    requireAllowed(checkProductAmong(definition, await state.list(products)));
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

/** The key that contributions will be under, as far as it is known. */
async function layoutKeyOf(state: WorldState): Promise<LayoutKey> {
  const current = await state.get(currentKeys);
  if (current === undefined) return STANDARD_LAYOUT_KEY;
  return (await state.require(committeeKeys, current.keyId)).record;
}
