import { VeilsumError } from '@veilsum/protocol';
import type { PlannedQuery } from '../query/attempt-facts.js';
import { paidShares, requireReleased, type ReleasedFacts } from './share-dispute.js';

/** How a released query is settled. */
export interface SettlementOutcome {
  readonly query: PlannedQuery;
  /**
   * Keyholders who recorded a share of the result and whether it can be had; undefined when too few can,
   * and the whole price goes back to the analyst.
   */
  readonly keyholders:
    readonly { readonly index: number; readonly delivered: boolean }[] | undefined;
}

/**
 * The analyst has its result and pays everyone; reports of missing shares fall away.
 * @throws {@link VeilsumError} INVALID_STATE unless the query is released
 */
export function acceptResult(facts: ReleasedFacts): SettlementOutcome {
  requireReleased(facts);
  return {
    query: settled(facts, 'settled'),
    keyholders: paidShares(facts).map(({ index }) => ({ index, delivered: true })),
  };
}

/**
 * Settles without the analyst once the dispute window and the time to answer are over: a keyholder whose
 * share stayed missing loses its fee, and with fewer than t shares the analyst gets its money back
 * (docs/ledger.md, Queries).
 * @throws {@link VeilsumError} INVALID_STATE unless the query is released; DEADLINE_NOT_REACHED
 */
export function settleAfterDeadline(facts: ReleasedFacts): SettlementOutcome {
  requireReleased(facts);
  const open = facts.disputes.filter(({ status }) => status === 'open');
  const deadline = open.reduce(
    (latest, { answerDeadline }) => Math.max(latest, answerDeadline),
    facts.query.settleDeadline,
  );
  if (facts.now <= deadline) {
    throw new VeilsumError(
      'DEADLINE_NOT_REACHED',
      'Missing shares can still be reported or posted.',
    );
  }
  const missing = new Set(open.map(({ index }) => index));
  const keyholders = paidShares(facts).map(({ index }) => ({
    index,
    delivered: !missing.has(index),
  }));
  const obtainable = keyholders.filter(({ delivered }) => delivered).length;
  return obtainable < facts.committee.t
    ? { query: settled(facts, 'failed'), keyholders: undefined }
    : { query: settled(facts, 'settled'), keyholders };
}

function settled({ query, now }: ReleasedFacts, status: 'settled' | 'failed'): PlannedQuery {
  return { ...query, status, changedAt: now, attempt: { ...query.attempt, state: 'ended' } };
}
