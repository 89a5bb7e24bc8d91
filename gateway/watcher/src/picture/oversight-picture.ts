import type { Commitment, Incident, OpeningTask } from '@veilsum/protocol';

/** What the ledger says of promises, openings and incidents. */
export interface OversightPicture {
  readonly commitments: readonly Commitment[];
  readonly incidents: readonly Incident[];
  /** What contributors have to show to auditors. */
  readonly openingTasks: readonly OpeningTask[];
}

/** What is seen of a ledger on which nothing of that kind has happened. */
export const noOversight: OversightPicture = { commitments: [], incidents: [], openingTasks: [] };
