import { sha256Hex } from '@veilsum/crypto';
import {
  VeilsumError,
  type AttemptRecord,
  type ShareDispute,
  type ShareReference,
} from '@veilsum/protocol';
import type { AttemptFacts } from '../query/attempt-facts.js';
import { releasedFinalHash } from '../query/share-record.js';

/** Base64 with its padding and nothing else. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;

/** What the settlement of a released query depends on. */
export interface ReleasedFacts extends Pick<
  AttemptFacts,
  'query' | 'shares' | 'committee' | 'consortium' | 'now'
> {
  /** Of the current attempt. */
  readonly disputes: readonly ShareDispute[];
}

/**
 * Records that a share did not reach the analyst (docs/ledger.md, Queries). The keyholder then has as
 * long as the dispute window to post the sealed bytes.
 * @returns the dispute; the same one when it was raised before
 * @throws {@link VeilsumError} INVALID_STATE; ATTEMPT_MISMATCH; NOT_FOUND when the keyholder recorded no
 * share that is paid for; DEADLINE_PASSED
 */
export function raiseDispute(facts: ReleasedFacts, reference: ShareReference): ShareDispute {
  requireReleased(facts);
  requirePaidShare(facts, reference);
  const earlier = facts.disputes.find(({ index }) => index === reference.index);
  if (earlier !== undefined) return earlier;
  if (facts.now > facts.query.settleDeadline) {
    throw new VeilsumError('DEADLINE_PASSED', 'The time to report missing shares is over.');
  }
  return {
    ...reference,
    raisedAt: facts.now,
    answerDeadline: facts.now + facts.consortium.deadlines.disputeMs,
    status: 'open',
  };
}

/**
 * Records that a keyholder posted the sealed bytes of a share that was reported missing.
 * @param sealedShare base64 of the sealed bytes; public
 * @throws {@link VeilsumError} NOT_FOUND without a dispute; SHARE_INVALID when they are not the bytes of
 * shareHash; INVALID_STATE; DEADLINE_PASSED
 */
export function answerDispute(
  facts: ReleasedFacts,
  reference: ShareReference,
  sealedShare: string,
): ShareDispute {
  requireReleased(facts);
  const { shareHash } = requirePaidShare(facts, reference);
  const dispute = facts.disputes.find(({ index }) => index === reference.index);
  if (dispute === undefined) {
    throw new VeilsumError('NOT_FOUND', `The share of keyholder ${reference.index} is not missed.`);
  }
  if (!BASE64.test(sealedShare) || sha256Hex(Buffer.from(sealedShare, 'base64')) !== shareHash) {
    throw new VeilsumError(
      'SHARE_INVALID',
      'The posted bytes are not those of the recorded share hash.',
    );
  }
  if (dispute.status === 'open' && facts.now > dispute.answerDeadline) {
    throw new VeilsumError('DEADLINE_PASSED', 'The time to post the share is over.');
  }
  return { ...dispute, status: 'answered' };
}

/** Recorded shares that the analyst pays for: those of the final block that the query was released with. */
export function paidShares({
  shares,
  committee,
}: Pick<ReleasedFacts, 'shares' | 'committee'>): AttemptRecord['shares'] {
  const finalHash = releasedFinalHash(shares, committee.t);
  return shares.filter((share) => share.finalHash === finalHash);
}

/** @throws {@link VeilsumError} INVALID_STATE unless the query is released and not settled yet */
export function requireReleased({ query }: Pick<ReleasedFacts, 'query'>): void {
  if (query.status === 'released') return;
  throw new VeilsumError('INVALID_STATE', `The query is ${query.status}, not released.`);
}

function requirePaidShare(facts: ReleasedFacts, { attempt, index }: ShareReference) {
  const current = facts.query.attempt.attempt;
  if (attempt !== current) {
    throw new VeilsumError(
      'ATTEMPT_MISMATCH',
      `The current attempt is ${current}, not ${attempt}.`,
    );
  }
  const share = paidShares(facts).find((candidate) => candidate.index === index);
  if (share !== undefined) return share;
  throw new VeilsumError('NOT_FOUND', `Keyholder ${index} recorded no share of this result.`);
}
