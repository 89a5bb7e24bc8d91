import type { Member, ProductDefinition } from '@veilsum/protocol';
import {
  STANDARD_LAYOUT_KEY,
  checkProduct,
  checkProductAmong,
  checkProductAudience,
  requireAllowed,
  type LayoutKey,
} from '@veilsum/rules';
import { committeeKeys, consortia, currentKeys, members, products } from './ledger-objects.js';
import type { WorldState } from './world-state.js';

/**
 * Whether a product could be published now: it holds together, fits what is published, and everyone
 * whom it names as audience can come to ask.
 * @throws {@link VeilsumError} PRODUCT_INVALID or CLASSIFICATION_CORE, with every fault
 */
export async function requirePublishable(
  state: WorldState,
  definition: ProductDefinition,
): Promise<void> {
  requireAllowed(checkProduct(definition, await layoutKeyOf(state)));
  requireAllowed(checkProductAmong(definition, await state.list(products)));
  const facts = {
    members: await namedMembers(state, definition),
    consortium: await state.require(consortia),
  };
  requireAllowed(checkProductAudience(definition, facts));
}

async function namedMembers(state: WorldState, { audience }: ProductDefinition): Promise<Member[]> {
  const found: Member[] = [];
  for (const memberId of audience?.members ?? []) {
    const member = await state.get(members, memberId);
    if (member !== undefined) found.push(member);
  }
  return found;
}

/** The key that contributions will be under, as far as it is known. */
async function layoutKeyOf(state: WorldState): Promise<LayoutKey> {
  const current = await state.get(currentKeys);
  if (current === undefined) return STANDARD_LAYOUT_KEY;
  return (await state.require(committeeKeys, current.keyId)).record;
}
