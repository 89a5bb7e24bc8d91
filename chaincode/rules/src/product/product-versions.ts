import type { ProductDefinition, Verdict } from '@veilsum/protocol';
import { failed, passed, verdictOf } from '../verdict.js';

type VersionedProduct = Pick<ProductDefinition, 'productId' | 'version' | 'budgetGroup' | 'epochs'>;

/**
 * Whether a product fits what is published already. A privacy budget belongs to (member, budget group,
 * epoch), so another group for the same product, or another calendar in a group, would be a fresh one.
 */
export function checkProductAmong(
  product: VersionedProduct,
  published: readonly VersionedProduct[],
): Verdict {
  const name = { rule: 'product-budget-group', version: 1 };
  const inputs = { budgetGroup: product.budgetGroup, calendar: product.epochs.calendar };
  const fault = groupFault(product, published);
  return verdictOf([
    fault === undefined
      ? passed(name, 'The budget group is that of its other versions.', inputs)
      : failed(name, { code: 'PRODUCT_INVALID', sentence: fault }, inputs),
  ]);
}

function groupFault(
  { productId, budgetGroup, epochs }: VersionedProduct,
  published: readonly VersionedProduct[],
): string | undefined {
  const other = published.find(
    (candidate) => candidate.productId === productId && candidate.budgetGroup !== budgetGroup,
  );
  if (other !== undefined) {
    return `The field budgetGroup must be ${other.budgetGroup}, as in version ${other.version}.`;
  }
  const sibling = published.find(
    (candidate) =>
      candidate.budgetGroup === budgetGroup && candidate.epochs.calendar !== epochs.calendar,
  );
  return sibling === undefined
    ? undefined
    : `The field epochs.calendar must be ${sibling.epochs.calendar}, as in ${sibling.productId}, which shares the budget group.`;
}
