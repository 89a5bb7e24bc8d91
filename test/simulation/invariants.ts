import type { Invariant } from './commit.js';
import type { CommittedState } from './committed-state.js';
import { delegationsWithinLimits } from './delegation-invariants.js';
import { membersAdmitted, signersActive } from './member-invariants.js';
import {
  booksAgree,
  escrowFollowsQuery,
  escrowsPaidOnce,
  moneyConserved,
} from './money-invariants.js';
import {
  firstDeviationsSpared,
  frozenUnderIncident,
  incidentsClosedByTwo,
  suspendedByIncident,
} from './oversight-invariants.js';
import {
  adoptedByApproval,
  proposalsKept,
  rulesOnlyByProposal,
  votesByRepresentatives,
} from './proposal-invariants.js';
import { plansAllowedByRulebook } from './review-invariants.js';
import { spendingWithinBudgets, usesWithinConsent } from './privacy-invariants.js';
import {
  cohortsKeptApart,
  everyQueryEnded,
  resultKeysUnique,
  statusesInOrder,
} from './query-invariants.js';
import { releasesByThreshold, releasesWithConsent } from './release-invariants.js';

/** Held against every commit. */
export const afterEveryCommit: Readonly<Record<string, Invariant>> = {
  releasesWithConsent,
  releasesByThreshold,
  usesWithinConsent,
  spendingWithinBudgets,
  moneyConserved,
  escrowFollowsQuery,
  statusesInOrder,
  resultKeysUnique,
  cohortsKeptApart,
  signersActive,
  membersAdmitted,
  adoptedByApproval,
  proposalsKept,
  votesByRepresentatives,
  rulesOnlyByProposal,
  plansAllowedByRulebook,
  firstDeviationsSpared,
  suspendedByIncident,
  frozenUnderIncident,
  incidentsClosedByTwo,
  delegationsWithinLimits,
};

/** Held against the state once all deadlines are over. */
export const atTheEnd: Readonly<Record<string, (state: CommittedState) => string[]>> = {
  booksAgree,
  escrowsPaidOnce,
  everyQueryEnded,
};
