import type { ContributionId, QueryId } from '@veilsum/protocol';

/** One keyholder's place in one attempt at opening a query. */
export interface AttemptSeat {
  readonly queryId: QueryId;
  readonly attempt: number;
  /** i of docs/protocol.md, from 1. */
  readonly index: number;
}

/**
 * What a keyholder asks of the gateway. The gateway is trusted for availability only: whatever it
 * answers is raw bytes until the keyholder has checked them against its own ledger.
 * Methods throw {@link VeilsumError}: NOT_FOUND while an object does not exist, GATEWAY_UNAVAILABLE
 * when it cannot be reached, LIMIT_EXCEEDED when an answer is longer than it can rightly be.
 */
export interface Gateway {
  /** The bytes of a stored container as they arrive; never longer than the caller is willing to read. */
  readContainer(contributionId: ContributionId): AsyncIterable<Uint8Array>;
  readAggregates(queryId: QueryId, bytesMax: number): Promise<Uint8Array>;
  readBlinding(seat: AttemptSeat, bytesMax: number): Promise<Uint8Array>;
  /** Shows the keyholder's own blinding; repeating it with the same bytes changes nothing. */
  putBlinding(seat: AttemptSeat, blinding: Uint8Array): Promise<void>;
  /** Hands over the sealed share; repeating it with the same bytes changes nothing. */
  putShare(seat: AttemptSeat, sealedShare: Uint8Array): Promise<void>;
}
