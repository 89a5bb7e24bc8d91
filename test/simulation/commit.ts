import type { CommitChanges, CommittedState } from './committed-state.js';
import type { Identity } from './identities.js';
import type { Submission } from './world.js';

/** A transaction that was committed, and what it changed. */
export interface Commit extends Submission {
  /** Ledger time of the transaction: when it was simulated, which may be before its commit. */
  readonly at: number;
  readonly signer: Identity;
  readonly changes: CommitChanges;
}

/** What must hold after every commit: a sentence for each breach, judged by the state alone. */
export type Invariant = (state: CommittedState, commit: Commit) => string[];

/** An attempt's number as keys have it. */
export const attemptPart = (attempt: number): string => String(attempt).padStart(3, '0');
