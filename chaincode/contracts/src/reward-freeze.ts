import { earnerOf, type Posting } from '@veilsum/rules';
import { rewardFreezes } from './oversight-objects.js';
import type { WorldState } from './world-state.js';

/** Whether an escalated incident holds the member's rewards back; read by range, so that a new one is noticed. */
export async function hasFrozenRewards(state: WorldState, memberId: string): Promise<boolean> {
  return (await state.list(rewardFreezes, memberId)).length > 0;
}

/** Sends what members earn to their frozen accounts where an incident says so. */
export async function withFrozenRewards(
  state: WorldState,
  postings: readonly Posting[],
): Promise<Posting[]> {
  const sent: Posting[] = [];
  for (const posting of postings) {
    const earner = earnerOf(posting);
    const isFrozen = earner !== undefined && (await hasFrozenRewards(state, earner));
    sent.push(isFrozen ? { ...posting, credit: `frozen:${earner}` } : posting);
  }
  return sent;
}
