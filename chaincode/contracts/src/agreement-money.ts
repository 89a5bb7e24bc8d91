import type { Posting } from '@veilsum/rules';
import { withFrozenRewards } from './frozen-rewards.js';
import { post } from './posting.js';
import type { TransactionCall } from './transaction-call.js';

/** Moves the money of agreements. A bonus is a reward, which an incident may hold back; what goes back is not. */
export async function postAgreements(
  call: TransactionCall,
  postings: readonly Posting[],
): Promise<void> {
  const isBonus = ({ kind }: Posting) => kind === 'performance-bonus';
  const bonuses = await withFrozenRewards(call.state, postings.filter(isBonus));
  await post(call, [...bonuses, ...postings.filter((posting) => !isBonus(posting))]);
}
