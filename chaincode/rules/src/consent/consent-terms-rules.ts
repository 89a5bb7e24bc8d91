import {
  roleSchema,
  type Consent,
  type ConsentTerms,
  type Member,
  type Product,
  type Verdict,
} from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** What the terms of a consent are held against. */
export interface ConsentTermsFacts {
  readonly terms: ConsentTerms;
  readonly product: Pick<
    Product,
    'productId' | 'version' | 'purposes' | 'functions' | 'contributorRoles' | 'maxContributors'
  >;
  readonly contributor: Pick<Member, 'memberId' | 'roles'>;
  /** Which of the members that the terms name as recipients exist. */
  readonly knownMembers: ReadonlySet<string>;
  /** Ledger time in milliseconds. */
  readonly now: number;
}

/** Whether a contributor may give these terms: unknown or contradictory ones are refused, never read as a default. */
export function checkConsentTerms(facts: ConsentTermsFacts): Verdict {
  const { terms, product } = facts;
  const about = { consentId: terms.consentId, productId: product.productId };
  return verdictOf([
    outcomeOf('consent-contributor', contributorFault(facts), about),
    outcomeOf('consent-scope', invalid(scopeFault(facts)), about),
    outcomeOf('consent-recipients', invalid(recipientFault(facts)), about),
    outcomeOf('consent-dates', invalid(dateFault(facts)), { ...about, now: facts.now }),
    outcomeOf('consent-cohort', invalid(cohortFault(facts)), about),
  ]);
}

/** Whether a consent may take new terms: only from its contributor, for the same product, while it is active. */
export function checkConsentAmendment(
  current: Pick<
    Consent,
    'consentId' | 'contributorId' | 'productId' | 'productVersion' | 'requestId' | 'status'
  >,
  terms: Pick<ConsentTerms, 'productId' | 'productVersion' | 'requestId'>,
  callerId: string,
): Verdict {
  const about = { consentId: current.consentId };
  const moved =
    current.productId !== terms.productId || current.productVersion !== terms.productVersion;
  return verdictOf([
    outcomeOf('consent-owner', ownerFault(current, callerId), about),
    outcomeOf('consent-active', withdrawnFault(current), about),
    outcomeOf(
      'consent-product',
      moved
        ? {
            code: 'CONSENT_INVALID',
            sentence:
              'An amended consent keeps its product and version; give a new consent for another.',
          }
        : undefined,
      about,
    ),
    outcomeOf(
      'consent-request',
      invalid(
        current.requestId === terms.requestId
          ? undefined
          : 'An amended consent keeps the request that it answers.',
      ),
      about,
    ),
  ]);
}

/** Whether a consent may be withdrawn: by its contributor, at any time. */
export function checkConsentWithdrawal(
  current: Pick<Consent, 'consentId' | 'contributorId'>,
  callerId: string,
): Verdict {
  const about = { consentId: current.consentId };
  return verdictOf([outcomeOf('consent-owner', ownerFault(current, callerId), about)]);
}

/** The member ids that the terms name as recipients. */
export function namedRecipients({ recipients }: Pick<ConsentTerms, 'recipients'>): string[] {
  return recipients
    .filter((recipient) => recipient.startsWith('member:'))
    .map((recipient) => recipient.slice('member:'.length));
}

function contributorFault({ product, contributor }: ConsentTermsFacts): RuleFailure | undefined {
  if (product.contributorRoles.some((role) => contributor.roles.includes(role))) return undefined;
  return {
    code: 'FORBIDDEN',
    sentence: `The product takes contributions of these roles only: ${product.contributorRoles.join(', ')}.`,
  };
}

function scopeFault({ terms, product }: ConsentTermsFacts): string | undefined {
  if (terms.productId !== product.productId || terms.productVersion !== product.version) {
    return 'The consent is for another product.';
  }
  return (
    listFault('purposes', terms.purposes, product.purposes) ??
    listFault('functions', terms.functions, product.functions)
  );
}

function listFault(
  field: string,
  wanted: readonly string[],
  offered: readonly string[],
): string | undefined {
  const repeated = firstRepeated(wanted);
  if (repeated !== undefined) return `The field ${field} has ${repeated} twice.`;
  const foreign = wanted.find((value) => !offered.includes(value));
  return foreign === undefined
    ? undefined
    : `The field ${field} has ${foreign}, which the product does not offer.`;
}

function recipientFault({ terms, knownMembers }: ConsentTermsFacts): string | undefined {
  const repeated = firstRepeated(terms.recipients);
  if (repeated !== undefined) return `The field recipients has ${repeated} twice.`;
  const roles: readonly string[] = roleSchema.options;
  const unknown = terms.recipients.find((recipient) => {
    const [kind, name] = recipient.split(':', 2);
    return kind === 'role' ? !roles.includes(name ?? '') : !knownMembers.has(name ?? '');
  });
  return unknown === undefined
    ? undefined
    : `The field recipients has ${unknown}, which there is none of.`;
}

function dateFault({ terms, now }: ConsentTermsFacts): string | undefined {
  if (terms.notBefore >= terms.notAfter) return 'The field notAfter must be later than notBefore.';
  return terms.notAfter <= now ? 'The field notAfter has passed already.' : undefined;
}

function cohortFault({ terms, product }: ConsentTermsFacts): string | undefined {
  return terms.minCohort > product.maxContributors
    ? `The field minCohort is more than the ${product.maxContributors} contributors that the product takes.`
    : undefined;
}

function ownerFault(
  { contributorId }: Pick<Consent, 'contributorId'>,
  callerId: string,
): RuleFailure | undefined {
  if (contributorId === callerId) return undefined;
  return { code: 'FORBIDDEN', sentence: 'A consent belongs to the contributor who gave it.' };
}

function withdrawnFault({ status }: Pick<Consent, 'status'>): RuleFailure | undefined {
  if (status === 'active') return undefined;
  return {
    code: 'CONSENT_WITHDRAWN',
    sentence: 'The consent was withdrawn; give a new one instead.',
  };
}

function invalid(sentence: string | undefined): RuleFailure | undefined {
  return sentence === undefined ? undefined : { code: 'CONSENT_INVALID', sentence };
}
