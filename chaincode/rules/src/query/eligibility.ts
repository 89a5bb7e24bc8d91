import type { Consent, Member, QueryRequest } from '@veilsum/protocol';
import { askersOf } from '../delegation/delegated-query.js';
import type { CohortCandidate, CohortMember } from './query-facts.js';

/** Why a contribution stays out of a cohort, in the order in which it is asked. */
export const exclusionReasons = {
  'not-stored': 'not stored yet, or frozen',
  'other-key': 'encrypted under another key or layout',
  'member-not-active': 'of a member who is not active',
  'consent-missing': 'without a consent for this product version',
  'consent-withdrawn': 'with a withdrawn consent',
  'consent-dates': 'with a consent outside its dates',
  'consent-purpose': 'whose consent excludes the purpose',
  'consent-function': 'whose consent excludes the function',
  'consent-recipient': 'whose consent excludes you, or whom you ask for, as recipient',
  'consent-uses': 'whose consent has no uses left',
  'consent-release': 'whose consent allows noisy release only',
  'privacy-budget': 'whose privacy budget of the epoch does not allow this ε',
  'consent-cohort': 'whose consent wants a larger cohort',
} as const;
export type ExclusionReason = keyof typeof exclusionReasons;

/** Reasons that do not speak against the use as such: another release or ε would pass. */
const beyondTerms: ReadonlySet<ExclusionReason> = new Set(['consent-release', 'privacy-budget']);

/** What a consent is held against. */
export interface UseOfConsent {
  readonly request: Pick<
    QueryRequest,
    'productId' | 'productVersion' | 'purpose' | 'function' | 'release' | 'epsilonMicro'
  >;
  readonly analyst: Pick<Member, 'memberId' | 'roles'>;
  /** On whose behalf an agent asks; a consent must allow both. */
  readonly delegated: { readonly principal: Pick<Member, 'memberId' | 'roles'> } | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What else a candidate is held against. */
export interface EligibilityTerms extends UseOfConsent {
  readonly keyId: string | undefined;
  readonly layoutHash: string | undefined;
  /** The product's own limit of ε per member, budget group and epoch, in micro-ε. */
  readonly productEpsilonMicro: number;
}

export interface Exclusion {
  readonly candidate: CohortCandidate;
  readonly reason: ExclusionReason;
}

/** Candidates by how far they come; each list holds the next. */
export interface Eligibility {
  /** Allowed by the terms of their consents, but for release and ε. */
  readonly byTerms: readonly CohortMember[];
  /** Allowed for this release too. */
  readonly byRelease: readonly CohortMember[];
  /** With enough privacy budget too. */
  readonly byBudget: readonly CohortMember[];
  readonly exclusions: readonly Exclusion[];
}

/**
 * Sorts candidates by whether their status, consent and budget allow a use. Superseded and withdrawn
 * contributions are history and not even counted as excluded.
 */
export function eligibilityOf(
  candidates: readonly CohortCandidate[],
  terms: EligibilityTerms,
): Eligibility {
  const live = candidates.filter(
    ({ contribution }) => !['superseded', 'withdrawn'].includes(contribution.status),
  );
  const judged = live.map((candidate) => ({ candidate, reason: exclusionOf(candidate, terms) }));
  const without = (accepted: (reason: ExclusionReason | undefined) => boolean): CohortMember[] =>
    judged
      .filter(({ reason }) => accepted(reason))
      .map(({ candidate }) => requireMember(candidate));
  return {
    byTerms: without((reason) => reason === undefined || beyondTerms.has(reason)),
    byRelease: without((reason) => reason === undefined || reason === 'privacy-budget'),
    byBudget: without((reason) => reason === undefined),
    exclusions: judged.flatMap(({ candidate, reason }) =>
      reason === undefined ? [] : [{ candidate, reason }],
    ),
  };
}

/** ε that a contributor has left under its consent's and the product's limits, in micro-ε; never below 0. */
export function epsilonLeftMicro(
  { consent, spentMicro }: Pick<CohortMember, 'consent' | 'spentMicro'>,
  productEpsilonMicro: number,
): number {
  return Math.max(0, Math.min(consent.epsilonPerEpochMicro, productEpsilonMicro) - spentMicro);
}

/**
 * The first term of a consent that a use breaks.
 * @returns undefined when the consent allows it, uses and budgets apart
 */
export function brokenTermOf(consent: Consent, use: UseOfConsent): ExclusionReason | undefined {
  const { request, now } = use;
  const { productId, productVersion } = consent;
  if (productId !== request.productId || productVersion !== request.productVersion) {
    return 'consent-missing';
  }
  if (consent.status !== 'active') return 'consent-withdrawn';
  if (now < consent.notBefore || now > consent.notAfter) return 'consent-dates';
  return brokenScopeOf(consent, use);
}

function brokenScopeOf(
  consent: Consent,
  { request, analyst, delegated }: UseOfConsent,
): ExclusionReason | undefined {
  if (!consent.purposes.includes(request.purpose)) return 'consent-purpose';
  if (!consent.functions.includes(request.function)) return 'consent-function';
  if (!askersOf(analyst, delegated).every((asker) => isRecipient(consent, asker))) {
    return 'consent-recipient';
  }
  return consent.release === 'noisy' && request.release === 'exact' ? 'consent-release' : undefined;
}

/** The order matters: a candidate that fails a later reason passed all before it. */
function exclusionOf(
  candidate: CohortCandidate,
  terms: EligibilityTerms,
): ExclusionReason | undefined {
  return statusExclusionOf(candidate, terms) ?? consentExclusionOf(candidate, terms);
}

function statusExclusionOf(
  { contribution, contributor }: CohortCandidate,
  { keyId, layoutHash }: EligibilityTerms,
): ExclusionReason | undefined {
  if (contribution.status !== 'stored') return 'not-stored';
  if (contribution.keyId !== keyId || contribution.layoutHash !== layoutHash) return 'other-key';
  return contributor.status === 'active' ? undefined : 'member-not-active';
}

function consentExclusionOf(
  { contribution, consent, consentUses, spentMicro }: CohortCandidate,
  terms: EligibilityTerms,
): ExclusionReason | undefined {
  if (consent?.contributorId !== contribution.contributorId) return 'consent-missing';
  const broken = brokenTermOf(consent, terms);
  if (broken !== undefined && broken !== 'consent-release') return broken;
  if (consentUses >= consent.maxUses) return 'consent-uses';
  if (broken !== undefined) return broken;
  const leftMicro = epsilonLeftMicro({ consent, spentMicro }, terms.productEpsilonMicro);
  return terms.request.epsilonMicro > leftMicro ? 'privacy-budget' : undefined;
}

function isRecipient({ recipients }: Consent, { memberId, roles }: UseOfConsent['analyst']) {
  return (
    recipients.includes(`member:${memberId}`) ||
    roles.some((role) => recipients.includes(`role:${role}`))
  );
}

function requireMember(candidate: CohortCandidate): CohortMember {
  const { consent } = candidate;
  if (consent === undefined) throw new Error('A candidate without consent was accepted.');
  return { ...candidate, consent };
}
