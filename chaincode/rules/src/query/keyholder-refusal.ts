import { VeilsumError, type AttemptRecord } from '@veilsum/protocol';
import {
  requireAttemptState,
  withAttempt,
  type AttemptFacts,
  type AttemptStep,
} from './attempt-facts.js';
import { canStillRelease } from './share-record.js';

/** Why a keyholder takes no part in an attempt. */
export type RecordedRefusal = AttemptRecord['refusals'][number];

/**
 * Records that a keyholder refuses an attempt. It is final for the attempt, and the attempt ends at once
 * when too few keyholders are left (docs/protocol.md §6.3).
 * @throws {@link VeilsumError} INVALID_STATE once it recorded a share or the attempt has ended;
 * ALREADY_EXISTS_WITH_DIFFERENT_CONTENT for a second, different reason
 */
export function recordRefusal(facts: AttemptFacts, refusal: RecordedRefusal): AttemptStep {
  const { query } = facts;
  if (isRepeat(facts, refusal)) return { query, changed: false };
  if (facts.shares.some(({ index }) => index === refusal.index)) {
    throw new VeilsumError('INVALID_STATE', `Keyholder ${refusal.index} has recorded its share.`);
  }
  if (query.attempt.state === 'blinding') requireAttemptState(query, 'blinding', ['authorised']);
  else requireAttemptState(query, 'opening', ['blinded', 'released']);
  const refusals = [...facts.refusals, refusal];
  return {
    query: isHopeless(facts, refusals) ? withAttempt(query, { state: 'ended' }) : query,
    changed: true,
  };
}

function isHopeless(facts: AttemptFacts, refusals: AttemptRecord['refusals']): boolean {
  const { query, committee, shares } = facts;
  if (query.status === 'released') return false;
  return query.attempt.state === 'blinding'
    ? committee.l - refusals.length < committee.t
    : !canStillRelease(facts, { shares, refusals });
}

function isRepeat({ refusals }: AttemptFacts, { index, code, reason }: RecordedRefusal): boolean {
  const recorded = refusals.find((refusal) => refusal.index === index);
  if (recorded === undefined) return false;
  if (recorded.code === code && recorded.reason === reason) return true;
  throw new VeilsumError(
    'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    `Keyholder ${index} refused this attempt for another reason.`,
  );
}
