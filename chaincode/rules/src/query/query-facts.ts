import type {
  CommitteeKey,
  Consent,
  Contribution,
  ContributionId,
  Goal,
  LegalEntityId,
  Member,
  Product,
  QueryId,
  QueryRequest,
  Release,
  Rulebook,
} from '@veilsum/protocol';
import type { PriceSupportTerms } from '../reward/subsidy.js';
import type { DelegatedUse } from '../delegation/delegated-query.js';
import type { ApprovedReview } from '../rulebook/required-reviews.js';
import type { CitedQuestion } from '../oversight/question-rules.js';

/** A contribution to the product and epoch of a request, with all that decides whether it may enter. */
export interface CohortCandidate {
  readonly contribution: Contribution;
  readonly contributor: Member;
  /** The consent that the contribution rests on; without one it never enters. */
  readonly consent: Consent | undefined;
  /** Queries counted against the consent so far. */
  readonly consentUses: number;
  /** ε spent of the contributor in the product's budget group and the epoch, in micro-ε. */
  readonly spentMicro: number;
}

/** A contribution with the consent that lets it enter a cohort. */
export interface CohortMember extends CohortCandidate {
  readonly consent: Consent;
}

/**
 * The cohort of another plan of the same product id and epoch, any version, that was or can still be
 * read: it has a recorded share or has not ended (docs/protocol.md §6.1).
 */
export interface CountedPlan {
  readonly queryId: QueryId;
  readonly release: Release;
  readonly cohort: readonly CountedContribution[];
}

export interface CountedContribution {
  readonly contributionId: ContributionId;
  readonly legalEntityId: LegalEntityId;
}

/** All that `authorise` looks at; whoever reads the same ledger reads the same facts. */
export interface QueryFacts {
  /** Ledger time in milliseconds since 1970. */
  readonly now: number;
  readonly request: QueryRequest;
  readonly analyst: Member;
  /** The delegation that the request names; undefined when it names none, or one that there is not. */
  readonly delegated: DelegatedUse | undefined;
  readonly product: Product;
  /** The rulebook in force now; undefined while there is none. */
  readonly rulebook: Rulebook | undefined;
  /** Review points that have approved this query; none when it is asked. */
  readonly approved: readonly ApprovedReview[];
  /** The key that contributions of the epoch are encrypted under, if there is one. */
  readonly committeeKey: CommitteeKey | undefined;
  /** How many of that key's keyholders are active members. */
  readonly activeKeyholders: number;
  /** The contributors' part of every price, in basis points. */
  readonly contributorsBps: number;
  /** Every contribution of the product version and epoch, whatever its status. */
  readonly candidates: readonly CohortCandidate[];
  readonly countedPlans: readonly CountedPlan[];
  /** Whether another query used the request's result key. */
  readonly resultKeyUsed: boolean;
  /**
   * What the payer can spend, in minor units, with what the query's escrow holds of him already; may be
   * cut off at the request's maximum price.
   */
  readonly spendable: bigint;
  /** The questions that the request cites, when it cites any. */
  readonly citedQuestions?: readonly CitedQuestion[];
  /** The reduced price of a small payer; absent for everyone else. */
  readonly priceSupport?: PriceSupportTerms;
  /** The goal that the request names, if there is one. */
  readonly goal?: Goal;
}

/** The part of a cohort member that small groups and narrow differences are judged by. */
export interface CoveringMember {
  readonly contribution: Pick<Contribution, 'contributionId' | 'coverage'>;
  readonly contributor: Pick<Member, 'legalEntityId'>;
}

/** Number of distinct legal entities; wherever contributors are counted, these are (docs/ledger.md, Members). */
export function countLegalEntities(
  cohort: readonly { readonly contributor: Pick<Member, 'legalEntityId'> }[],
): number {
  return new Set(cohort.map(({ contributor }) => contributor.legalEntityId)).size;
}
