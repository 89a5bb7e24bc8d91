import type { Commitment } from '@veilsum/protocol';

/** What the ledger says of promises, openings and incidents. */
export interface OversightPicture {
  readonly commitments: readonly Commitment[];
}

/** What is seen of a ledger on which nobody promised anything. */
export const noOversight: OversightPicture = { commitments: [] };
