/** Where each kind of object lies; ids are hex, so a name never leaves its folder. */
export const objectNames = {
  container: (contributionId: string) => `containers/${contributionId}.arrow`,
  aggregates: (queryId: string) => `aggregates/${queryId}.json`,
  aggregateParts: (queryId: string) => `aggregate-parts/${queryId}`,
  aggregatePart: (queryId: string, from: number, to: number) =>
    `aggregate-parts/${queryId}/${from}-${to}.json`,
  blinding: ({ queryId, attempt, index }: AttemptSeat) =>
    `blindings/${queryId}/${attempt}-${index}.json`,
  share: ({ queryId, attempt, index }: AttemptSeat) => `shares/${queryId}/${attempt}-${index}.bin`,
  openingAnswer: (
    { openingId, contributionId }: { openingId: string; contributionId: string },
    answerHash: string,
  ) => `opening-answers/${openingId}/${contributionId}-${answerHash}.bin`,
} as const;

/** One keyholder's place in one attempt at a query. */
export interface AttemptSeat {
  readonly queryId: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** The keyholder's index from 1. */
  readonly index: number;
}
