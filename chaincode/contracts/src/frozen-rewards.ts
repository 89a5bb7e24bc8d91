import type { Incident, MemberId } from '@veilsum/protocol';
import type { Posting } from '@veilsum/rules';
import { post, readBalance } from './posting.js';
import type { TransactionCall } from './transaction-call.js';

const MEMBER = 'member:';

/** Where rewards lie that an incident holds back. */
export function frozenAccount(memberId: MemberId): `frozen:${MemberId}` {
  return `frozen:${memberId}`;
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
