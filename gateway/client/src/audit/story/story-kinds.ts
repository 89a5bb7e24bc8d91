/** Under which heading a change is told. */
export type StoryTopic =
  | 'membership'
  | 'terms'
  | 'contributions'
  | 'uses'
  | 'decisions'
  | 'release'
  | 'money'
  | 'rules'
  | 'consultation'
  | 'oversight'
  | 'delegation'
  | 'results';

/** How the changes of one kind of object are told. */
export interface ToldKind {
  readonly topic: StoryTopic;
  /** What a sentence calls it. */
  readonly noun: string;
  /** Fields that are told, in this order; absent: all. */
  readonly fields?: readonly string[];
}

/** A kind that no story tells, and why nothing is lost by that. */
export interface LeftOutKind {
  readonly leftOut: string;
}

const COPY = 'a copy of what the journal tells, kept for reading one account';
const PLACE = 'says only where another object lies';
const NOBODY = 'is about no single query, consent or member; the proposal that brought it is told';

/**
 * Every kind of object on the ledger, by the first part of its key. A kind that is missing here is told
 * all the same, in general words; a test wants it here.
 */
export const storyKinds: Readonly<Record<string, ToldKind | LeftOutKind>> = {
  // Who belongs.
  member: { topic: 'membership', noun: 'member' },
  certificate: { topic: 'membership', noun: 'certificate' },
  representative: { topic: 'membership', noun: 'representative' },
  committeeKey: {
    topic: 'membership',
    noun: 'committee key',
    fields: ['keyId', 'keyholders', 'proposedBy', 'status', 'registeredAt', 'retiredAt'],
  },
  // What is allowed and contributed.
  consent: { topic: 'terms', noun: 'consent' },
  consentUse: { topic: 'uses', noun: 'use count' },
  consentRequest: { topic: 'terms', noun: 'request for a consent' },
  consentAnswer: { topic: 'terms', noun: 'answer to a request for a consent' },
  contribution: { topic: 'contributions', noun: 'contribution' },
  // What was asked, decided and released.
  query: {
    topic: 'decisions',
    noun: 'query',
    fields: [
      'status',
      'analystId',
      'payerId',
      'asked',
      'refused',
      'review',
      'attempt',
      'price',
      'chargedEpsilonMicro',
      'rulebookVersion',
      'resultLevel',
      'rewardSchemeVersion',
      'settleDeadline',
    ],
  },
  queryCohort: { topic: 'uses', noun: 'place in the cohort of' },
  epochRelease: { topic: 'release', noun: 'first release of the epoch' },
  attempt: { topic: 'release', noun: 'ended attempt' },
  blinding: { topic: 'release', noun: 'blinding' },
  share: { topic: 'release', noun: 'share' },
  refusal: { topic: 'decisions', noun: 'refusal of a keyholder' },
  dispute: { topic: 'release', noun: 'dispute of a share' },
  disputeAnswer: { leftOut: 'holds sealed bytes only; the dispute is told' },
  // Money.
  escrow: { topic: 'money', noun: 'escrow' },
  journal: { topic: 'money', noun: 'journal entry' },
  transfer: { topic: 'money', noun: 'transfer' },
  settlementShare: { leftOut: 'repeats what the journal tells of a settlement' },
  settlementTopUp: { topic: 'money', noun: 'top-up' },
  cost: { topic: 'money', noun: 'registered cost' },
  agreement: { topic: 'money', noun: 'agreement' },
  // Rules.
  proposal: { topic: 'rules', noun: 'proposal' },
  proposedChange: { topic: 'rules', noun: 'proposed change' },
  product: {
    topic: 'rules',
    noun: 'product',
    fields: ['productId', 'version', 'title', 'classification', 'audience'],
  },
  // Consultation and oversight.
  question: { topic: 'consultation', noun: 'question' },
  answer: { topic: 'consultation', noun: 'answer' },
  commitment: { topic: 'oversight', noun: 'commitment of an auditor' },
  openingTask: { topic: 'oversight', noun: 'opening that was asked for' },
  opening: { topic: 'oversight', noun: 'opening' },
  incident: { topic: 'oversight', noun: 'incident' },
  incidentVote: { topic: 'oversight', noun: 'decision on an incident' },
  delegation: { topic: 'delegation', noun: 'delegation' },
  delegatedPart: { topic: 'delegation', noun: 'part that a query takes of its delegation' },
  delegationUse: { topic: 'delegation', noun: 'use of a delegation' },
  publishedResult: { topic: 'results', noun: 'published result' },
  publishedGroup: { topic: 'results', noun: 'published group' },
  goal: { topic: 'results', noun: 'goal' },
  goalOutcome: { topic: 'results', noun: 'attainment of a goal' },
  // Told by others.
  balance: { leftOut: COPY },
  credit: { leftOut: COPY },
  statement: { leftOut: COPY },
  consentPlace: { leftOut: PLACE },
  contributionPlace: { leftOut: PLACE },
  commitmentPlace: { leftOut: PLACE },
  incidentPlace: { leftOut: PLACE },
  openingPlace: { leftOut: PLACE },
  waitingAgreement: { leftOut: PLACE },
  agreedOpening: { leftOut: 'repeats the conclusion of an opening for the weights of rewards' },
  contributionFreeze: {
    leftOut: 'repeats what a frozen contribution was; the contribution is told',
  },
  rewardFreeze: { leftOut: 'repeats the measure of an escalated incident, which is told' },
  currentKey: { leftOut: PLACE },
  countedPlan: { leftOut: 'repeats the cohort of a plan for the rules that compare cohorts' },
  resultKey: { leftOut: 'repeats that a query used its result key' },
  privacyAccount: { leftOut: 'a sum of the ε that queries were charged, which each query tells' },
  ruleRevision: { leftOut: 'counts the changes of the rules' },
  consortium: { leftOut: NOBODY },
  migration: { leftOut: 'is about the form of stored data' },
  rulebook: { leftOut: NOBODY },
  rulebookTime: { leftOut: PLACE },
  rewardScheme: { leftOut: NOBODY },
};
