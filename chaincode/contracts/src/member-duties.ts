import type { Member } from '@veilsum/protocol';
import { checkDuties, requireAllowed } from '@veilsum/rules';
import { incidents, openingTasks } from './oversight-objects.js';
import type { TransactionCall } from './transaction-call.js';

/**
 * Nobody leaves to escape an opening or an incident, and no operator alone readmits whom an incident has
 * suspended.
 * @throws {@link VeilsumError} OVERSIGHT_PENDING
 */
export async function requireFreeOfDuties(
  { state, caller }: Pick<TransactionCall, 'state' | 'caller'>,
  { memberId }: Pick<Member, 'memberId'>,
  status: Member['status'],
): Promise<void> {
  requireAllowed(
    checkDuties({
      memberId,
      status,
      byItself: caller.memberId === memberId,
      incidents: await state.list(incidents, memberId),
      openings: await state.list(openingTasks, memberId),
    }),
  );
}
