import type {
  ConsentAnswer,
  ConsentAsking,
  ConsentRequest,
  Product,
  Verdict,
} from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** Whether an analyst may ask for a consent like this: only for what the product offers. */
export function checkConsentAsking(
  asking: ConsentAsking,
  product: Pick<Product, 'purposes' | 'functions'>,
  now: number,
): Verdict {
  const about = { requestId: asking.requestId, productId: asking.productId };
  const scope =
    listFault('purposes', asking.purposes, product.purposes) ??
    listFault('functions', asking.functions, product.functions);
  const past = asking.notAfter <= now ? 'The field notAfter has passed already.' : undefined;
  return verdictOf([
    outcomeOf('consent-request-scope', invalid(scope), about),
    outcomeOf('consent-request-dates', invalid(past), { ...about, now }),
  ]);
}

/** What an answer to a request is held against. */
export interface ConsentAnswerFacts {
  readonly request: Pick<ConsentRequest, 'requestId' | 'status' | 'productId' | 'productVersion'>;
  /** What the contributor answered already. */
  readonly earlier: ConsentAnswer | undefined;
  /** Product of the consent that answers; undefined when it is declined. */
  readonly consent: Pick<ConsentRequest, 'productId' | 'productVersion'> | undefined;
}

/** Whether a contributor may answer a request: while it is open, once, and for its product. */
export function checkConsentAnswer({ request, earlier, consent }: ConsentAnswerFacts): Verdict {
  const about = { requestId: request.requestId };
  return verdictOf([
    outcomeOf('consent-request-open', closedFault(request), about),
    outcomeOf('consent-request-once', answeredFault(earlier), about),
    outcomeOf('consent-request-product', productFault(request, consent), about),
  ]);
}

function closedFault({ status }: Pick<ConsentRequest, 'status'>): RuleFailure | undefined {
  if (status === 'open') return undefined;
  const sentence = 'The analyst took the request back; give a consent of your own instead.';
  return { code: 'CONSENT_REQUEST_CLOSED', sentence };
}

function answeredFault(earlier: ConsentAnswer | undefined): RuleFailure | undefined {
  if (earlier === undefined) return undefined;
  const sentence = `You ${earlier.answer} this request already; amend or give a consent of your own instead.`;
  return { code: 'CONSENT_REQUEST_ANSWERED', sentence };
}

function productFault(
  request: Pick<ConsentRequest, 'productId' | 'productVersion'>,
  consent: ConsentAnswerFacts['consent'],
): RuleFailure | undefined {
  if (consent === undefined) return undefined;
  const same =
    consent.productId === request.productId && consent.productVersion === request.productVersion;
  if (same) return undefined;
  return {
    code: 'CONSENT_INVALID',
    sentence: 'The consent answers a request for another product.',
  };
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

function invalid(sentence: string | undefined): RuleFailure | undefined {
  return sentence === undefined ? undefined : { code: 'CONSENT_INVALID', sentence };
}
