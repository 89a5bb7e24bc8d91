import type { Incident, MemberId } from '@veilsum/protocol';
import type { Posting } from '@veilsum/rules';
import { rewardFreezes } from './oversight-objects.js';
import { post, readBalance } from './posting.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

const MEMBER = 'member:';

/** Where rewards lie that an incident holds back. */
export function frozenAccount(memberId: MemberId): `frozen:${MemberId}` {
  return `frozen:${memberId}`;
}

/** Whether an escalated incident holds the member's rewards back; read by range, so that a new one is noticed. */
export async function hasFrozenRewards(state: WorldState, memberId: string): Promise<boolean> {
  return (await state.list(rewardFreezes, memberId)).length > 0;
}

/**
 * Sends what members earn to their frozen accounts where an incident says so; a refund is no reward, and goes
 * back to whom it belongs.
 */
export async function withFrozenRewards(
  state: WorldState,
  postings: readonly Posting[],
): Promise<Posting[]> {
  const sent: Posting[] = [];
  for (const posting of postings) {
    const { credit, kind } = posting;
    const memberId = credit.slice(MEMBER.length);
    const isReward = credit.startsWith(MEMBER) && kind !== 'refund';
    sent.push(
      isReward && (await hasFrozenRewards(state, memberId))
        ? { ...posting, credit: `frozen:${memberId}` }
        : posting,
    );
  }
  return sent;
}

/** Pays frozen rewards out, once no incident holds them back. @returns how much, in minor units */
export async function releaseRewards(call: TransactionCall, memberId: MemberId): Promise<bigint> {
  const frozen = await readBalance(call.state, frozenAccount(memberId));
  const posting: Posting = {
    debit: frozenAccount(memberId),
    credit: `${MEMBER}${memberId}`,
    amount: String(frozen),
    kind: 'reward-release',
  };
  await post(call, [posting]);
  return frozen;
}

/**
 * A penalty: frozen rewards go to the subsidy fund.
 * @throws {@link VeilsumError} INSUFFICIENT_FUNDS when less is frozen
 */
export async function forfeitRewards(
  call: TransactionCall,
  memberId: MemberId,
  { incidentId, amount }: Pick<Incident, 'incidentId'> & { readonly amount: string },
): Promise<void> {
  const posting: Posting = {
    debit: frozenAccount(memberId),
    credit: 'fund:subsidy',
    amount,
    kind: 'reward-forfeit',
    reference: `incident ${incidentId}`,
  };
  await post(call, [posting]);
}
