import type {
  Classification,
  Consent,
  Member,
  Product,
  QueryRecord,
  RuleOutcome,
  Verdict,
} from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** All that decides whether a result may be read by everyone. */
export interface PublicationFacts {
  readonly now: number;
  readonly query: Pick<QueryRecord, 'queryId' | 'status' | 'analystId' | 'payerId'>;
  /** Level of the result, or of its product where it was not computed. */
  readonly level: Classification;
  readonly product: Pick<Product, 'productId' | 'audience'>;
  readonly publisher: Pick<Member, 'memberId'>;
  /** The consent behind each contribution of the cohort, as it stands now; undefined: there is none. */
  readonly consents: readonly (Consent | undefined)[];
}

/**
 * Whether a result may be made public (docs/ledger.md, Settlement): by whoever asked or paid for it,
 * once it is released, and only if its level, its product and every consent of the cohort allow it now.
 */
export function checkPublication(facts: PublicationFacts): Verdict {
  return verdictOf([
    outcomeOf('publication-state', stateFault(facts), { status: facts.query.status }),
    outcomeOf('publication-publisher', publisherFault(facts), {
      publisher: facts.publisher.memberId,
    }),
    outcomeOf('publication-level', levelFault(facts), { level: facts.level }),
    outcomeOf('publication-audience', audienceFault(facts)),
    publicationConsents(facts),
  ]);
}

function stateFault({ query }: PublicationFacts): RuleFailure | undefined {
  if (query.status === 'released' || query.status === 'settled') return undefined;
  const sentence = `The query is ${query.status}; only a released result can be published.`;
  return { code: 'INVALID_STATE', sentence };
}

function publisherFault({ query, publisher }: PublicationFacts): RuleFailure | undefined {
  if ([query.analystId, query.payerId].includes(publisher.memberId)) return undefined;
  return { code: 'FORBIDDEN', sentence: 'Only who asked or paid for a result publishes it.' };
}

function levelFault({ level }: PublicationFacts): RuleFailure | undefined {
  return level === 'general'
    ? undefined
    : notAllowed(`The result is ${level} data; only general results can be published.`);
}

/** Whoever restricts a standard to some members does not mean its results for all. */
function audienceFault({ product }: PublicationFacts): RuleFailure | undefined {
  return product.audience === undefined
    ? undefined
    : notAllowed(`The product ${product.productId} is shared with its audience only.`);
}

function publicationConsents({ consents, now }: PublicationFacts): RuleOutcome {
  const lacking = consents.filter((consent) => consent === undefined || !allows(consent, now));
  const inputs = { consents: consents.length, lacking: lacking.length };
  const failure =
    consents.length > 0 && lacking.length === 0
      ? undefined
      : notAllowed(
          `${lacking.length} of ${consents.length} consents of the cohort do not allow publication now; their contributors can amend them.`,
        );
  return outcomeOf('publication-consents', failure, inputs);
}

function allows({ status, publication, notBefore, notAfter }: Consent, now: number): boolean {
  return status === 'active' && publication === true && notBefore <= now && now <= notAfter;
}

function notAllowed(sentence: string): RuleFailure {
  return { code: 'PUBLICATION_NOT_ALLOWED', sentence };
}
