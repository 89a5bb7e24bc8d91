import { VeilsumError, type AttemptRecord, type Hash } from '@veilsum/protocol';
import {
  requireAttemptState,
  requireNotRefused,
  withAttempt,
  type AttemptFacts,
  type AttemptStep,
} from './attempt-facts.js';

/** What a keyholder records before it hands its share over. */
export type RecordedShare = AttemptRecord['shares'][number];

/**
 * Records that a keyholder releases its share; with t equal final hashes the query is released
 * (docs/protocol.md §6.7). That no consent was withdrawn is `recheckPlan`'s to say, before this.
 * @throws {@link VeilsumError} FINAL_BLOCK_CONFLICT for another final hash than this keyholder recorded,
 * or than the query was released with; FORBIDDEN for a keyholder outside A; INVALID_STATE;
 * DEADLINE_PASSED; ALREADY_EXISTS_WITH_DIFFERENT_CONTENT for another share of the same final block
 */
export function recordShare(facts: AttemptFacts, share: RecordedShare): AttemptStep {
  const { query, now } = facts;
  if (isRepeat(facts, share)) return { query, changed: false };
  requireAttemptState(query, 'opening', ['blinded', 'released']);
  requireNotRefused(facts, share.index);
  if (!query.attempt.keyholders.includes(share.index)) {
    throw new VeilsumError('FORBIDDEN', `Keyholder ${share.index} is not part of this attempt.`);
  }
  if (now > query.attempt.releaseDeadline) {
    throw new VeilsumError('DEADLINE_PASSED', 'The time to release shares is over.');
  }
  return { query: afterShare(facts, share), changed: true };
}

/** The final hash that t keyholders recorded; before t there is none, and after it none but one. */
export function releasedFinalHash(
  shares: AttemptRecord['shares'],
  threshold: number,
): Hash | undefined {
  const counts = new Map<Hash, number>();
  for (const { finalHash } of shares) counts.set(finalHash, (counts.get(finalHash) ?? 0) + 1);
  return [...counts].find(([, count]) => count >= threshold)?.[0];
}

/** Whether t equal final hashes can still be recorded in an attempt whose A is fixed. */
export function canStillRelease(
  { query, committee }: Pick<AttemptFacts, 'query' | 'committee'>,
  { shares, refusals }: Pick<AttemptFacts, 'shares' | 'refusals'>,
): boolean {
  const done = new Set([...shares, ...refusals].map(({ index }) => index));
  const remaining = query.attempt.keyholders.filter((index) => !done.has(index)).length;
  return (
    releasedFinalHash(shares, committee.t - remaining) !== undefined || remaining >= committee.t
  );
}

function afterShare(facts: AttemptFacts, share: RecordedShare): AttemptFacts['query'] {
  const { query, committee, consortium, now } = facts;
  const earlier = releasedFinalHash(facts.shares, committee.t);
  if (earlier !== undefined && earlier !== share.finalHash) {
    throw new VeilsumError(
      'FINAL_BLOCK_CONFLICT',
      'The query was released with another final block.',
    );
  }
  if (earlier !== undefined) return query;
  const shares = [...facts.shares, share];
  if (releasedFinalHash(shares, committee.t) !== undefined) {
    const settleDeadline = now + consortium.deadlines.disputeMs;
    return { ...query, status: 'released', changedAt: now, settleDeadline };
  }
  return canStillRelease(facts, { shares, refusals: facts.refusals })
    ? query
    : withAttempt(query, { state: 'ended' });
}

function isRepeat({ shares }: AttemptFacts, share: RecordedShare): boolean {
  const recorded = shares.find(({ index }) => index === share.index);
  if (recorded === undefined) return false;
  if (recorded.finalHash !== share.finalHash) {
    throw new VeilsumError(
      'FINAL_BLOCK_CONFLICT',
      `Keyholder ${share.index} already opened another final block in this attempt.`,
    );
  }
  if (recorded.shareHash === share.shareHash) return true;
  throw new VeilsumError(
    'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    `Keyholder ${share.index} recorded another share; a repeat sends the same bytes.`,
  );
}
