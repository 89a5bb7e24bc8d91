import type {
  CommitteeKey,
  Consent,
  Contribution,
  Member,
  Plan,
  Product,
  QueryRequest,
  Rulebook,
} from '@veilsum/protocol';
import type { DelegatedUse } from '../delegation/delegated-query.js';
import type { ApprovedReview } from '../rulebook/required-reviews.js';
import type { CountedPlan } from './query-facts.js';

/** A contribution of a plan's cohort as the ledger has it now. */
export interface PlannedContribution {
  readonly contribution: Contribution;
  readonly contributor: Member;
  /** The consent that it rests on, in its present revision. */
  readonly consent: Consent | undefined;
}

/** All that a plan's standing depends on, as the ledger has it now. */
export interface PlanFacts {
  /** Milliseconds since 1970: ledger time, or a keyholder's own clock. */
  readonly now: number;
  readonly request: QueryRequest;
  readonly plan: Plan;
  readonly analyst: Member;
  /** The delegation that the request names, as it stands now; undefined when it names none. */
  readonly delegated: DelegatedUse | undefined;
  readonly product: Product;
  /** The rulebook that was in force when the plan was authorised; undefined when there was none. */
  readonly rulebook: Rulebook | undefined;
  /** Review points that approved this query. */
  readonly approved: readonly ApprovedReview[];
  readonly committeeKey: CommitteeKey | undefined;
  /** How many of that key's keyholders are active members. */
  readonly activeKeyholders: number;
  /** Those contributions of the plan's cohort that the ledger has, in any order. */
  readonly cohort: readonly PlannedContribution[];
  /** Other plans of the product id and epoch that were or can still be read; this one is left out. */
  readonly countedPlans: readonly CountedPlan[];
}
