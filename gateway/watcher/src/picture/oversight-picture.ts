/** A contribution that a member promised for an epoch. */
export interface DueContribution {
  readonly memberId: string;
  readonly productId: string;
  readonly epoch: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

/** What the ledger says of promises, openings and incidents. */
export interface OversightPicture {
  readonly dueContributions: readonly DueContribution[];
}

/** What is seen of a ledger without commitments. */
export const noOversight: OversightPicture = { dueContributions: [] };
