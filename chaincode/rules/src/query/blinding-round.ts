import { VeilsumError, type Attempt, type Consortium, type Hash } from '@veilsum/protocol';
import {
  requireAttemptState,
  requireNotRefused,
  withAttempt,
  type AttemptFacts,
  type AttemptStep,
  type PlannedQuery,
} from './attempt-facts.js';

/** A new attempt, its blinding round open (docs/protocol.md §6.4). */
export function openAttempt(
  attempt: number,
  now: number,
  { blindingMs }: Consortium['deadlines'],
): Attempt {
  return {
    attempt,
    state: 'blinding',
    openedAt: now,
    blindingDeadline: now + blindingMs,
    releaseDeadline: 0,
    keyholders: [],
  };
}

/**
 * Records a keyholder's blinding hash. The round closes by itself at ℓ records (docs/protocol.md §6.4).
 * @throws {@link VeilsumError} ALREADY_EXISTS_WITH_DIFFERENT_CONTENT for a second, different hash;
 * INVALID_STATE; DEADLINE_PASSED
 */
export function commitBlinding(
  facts: AttemptFacts,
  { index, blindingHash }: { readonly index: number; readonly blindingHash: Hash },
): AttemptStep {
  const { query, committee } = facts;
  if (isRepeat(facts, index, blindingHash)) return { query, changed: false };
  requireAttemptState(query, 'blinding', ['authorised']);
  requireNotRefused(facts, index);
  if (facts.now > query.attempt.blindingDeadline) {
    throw new VeilsumError('DEADLINE_PASSED', 'The blinding round of this attempt is over.');
  }
  const recorded = [...recordedKeyholders(facts), index];
  return {
    query: recorded.length === committee.l ? fixKeyholders(facts, recorded) : query,
    changed: true,
  };
}

/**
 * Closes the blinding round after its deadline with t records or more, and so fixes A
 * (docs/protocol.md §6.4). Anyone may ask.
 * @throws {@link VeilsumError} INVALID_STATE; DEADLINE_NOT_REACHED
 */
export function closeBlinding(facts: AttemptFacts): AttemptStep {
  const { query, committee, now } = facts;
  if (query.attempt.state === 'opening') return { query, changed: false };
  requireAttemptState(query, 'blinding', ['authorised']);
  if (now <= query.attempt.blindingDeadline) {
    throw new VeilsumError('DEADLINE_NOT_REACHED', 'The blinding round is still open.');
  }
  const recorded = recordedKeyholders(facts);
  if (recorded.length < committee.t) {
    throw new VeilsumError(
      'INVALID_STATE',
      `Only ${recorded.length} keyholders recorded a blinding, and ${committee.t} are needed.`,
    );
  }
  return { query: fixKeyholders(facts, recorded), changed: true };
}

/** Keyholders who recorded a blinding and have not refused since: those would make up A. */
export function recordedKeyholders({
  blindings,
  refusals,
}: Pick<AttemptFacts, 'blindings' | 'refusals'>): number[] {
  const refused = new Set(refusals.map(({ index }) => index));
  return blindings.map(({ index }) => index).filter((index) => !refused.has(index));
}

function fixKeyholders(
  { query, consortium, now }: AttemptFacts,
  keyholders: readonly number[],
): PlannedQuery {
  const opened = withAttempt(query, {
    state: 'opening',
    keyholders: [...keyholders].sort((left, right) => left - right),
    releaseDeadline: now + consortium.deadlines.releaseMs,
  });
  return { ...opened, status: 'blinded', changedAt: now };
}

function isRepeat({ blindings }: AttemptFacts, index: number, blindingHash: Hash): boolean {
  const recorded = blindings.find((blinding) => blinding.index === index);
  if (recorded === undefined) return false;
  if (recorded.blindingHash === blindingHash) return true;
  throw new VeilsumError(
    'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    `Keyholder ${index} recorded another blinding in this attempt.`,
  );
}
