import type { Commitment, Contribution, Incident, ProductId } from '@veilsum/protocol';
import type { RuleFailure } from '../verdict.js';
import { isLate } from './commitment-rules.js';

/** Why a commitment is not late; undefined when it is. */
export function latenessFault(
  commitment: Pick<Commitment, 'status' | 'dueAt'>,
  now: number,
): RuleFailure | undefined {
  if (isLate(commitment, now)) return undefined;
  return commitment.status === 'open'
    ? { code: 'DEADLINE_NOT_REACHED', sentence: 'The contribution is not due yet.' }
    : { code: 'INVALID_STATE', sentence: `The commitment is ${commitment.status}.` };
}

/** Why a mapping cannot be stale; undefined when there is a contribution that was made with it. */
export function staleMappingFault(
  contributions: readonly Pick<Contribution, 'status'>[],
): RuleFailure | undefined {
  return contributions.some(({ status }) => status === 'stored' || status === 'frozen')
    ? undefined
    : {
        code: 'NOT_FOUND',
        sentence: 'The member has no stored contribution to this product and epoch.',
      };
}

/**
 * Whether a stale mapping was mended: by a contribution that was registered after the incident was opened,
 * to the same product id and the same or a later epoch. Epochs of one calendar sort as text.
 */
export function mendsStaleMapping(
  incident: Pick<Incident, 'openedAt' | 'productId' | 'epoch'>,
  stored: { readonly productId: ProductId; readonly epoch: string; readonly registeredAt: number },
): boolean {
  return (
    stored.productId === incident.productId &&
    stored.epoch >= (incident.epoch ?? '') &&
    stored.registeredAt > incident.openedAt
  );
}
