import type {
  AutoApprovalRule,
  ConsentRequest,
  ConsentTerms,
  Member,
  Product,
  RuleOutcome,
} from '@veilsum/protocol';
import { epsilonText } from '../query/epsilon-text.js';
import { outcomeOf, type RuleFailure } from '../verdict.js';

const DAY_MS = 86_400_000;

/** What a request is held against. */
export interface AutoApprovalFacts {
  readonly request: ConsentRequest;
  /** The member who asks, as the ledger has it now. */
  readonly analyst: Pick<Member, 'memberId' | 'roles' | 'status'>;
  readonly product: Pick<Product, 'minCohort'>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The terms that are granted, before they have an id and a receipt. */
export type ApprovedTerms = Omit<ConsentTerms, 'format' | 'consentId' | 'receiptHash'>;

/** What the rules say to a request: terms to grant, or that a person has to look, and why. */
export interface AutoApproval {
  /** Undefined when no rule allows the request as a whole. */
  readonly terms: ApprovedTerms | undefined;
  /** The rule that allowed it. */
  readonly ruleId: string | undefined;
  /** For every rule that was asked, up to the one that allowed it, what it said. */
  readonly trace: readonly { readonly ruleId: string; readonly outcomes: readonly RuleOutcome[] }[];
}

/**
 * Holds a request against a contributor's own rules, in their order; the first that allows all of it
 * decides. Nothing beyond a rule is ever granted: what does not fit is not cut down but left for a person.
 */
export function approveByRules(
  rules: readonly AutoApprovalRule[],
  facts: AutoApprovalFacts,
): AutoApproval {
  const trace: { ruleId: string; outcomes: RuleOutcome[] }[] = [];
  for (const rule of rules) {
    const outcomes = outcomesOf(rule, facts);
    trace.push({ ruleId: rule.ruleId, outcomes });
    if (outcomes.every(({ passed }) => passed)) {
      return { terms: termsOf(rule, facts), ruleId: rule.ruleId, trace };
    }
  }
  return { terms: undefined, ruleId: undefined, trace };
}

function outcomesOf(rule: AutoApprovalRule, facts: AutoApprovalFacts): RuleOutcome[] {
  const { request } = facts;
  const about = { ruleId: rule.ruleId, requestId: request.requestId };
  return [
    outcomeOf('auto-approval-open', openFault(facts), about),
    outcomeOf('auto-approval-analyst', analystFault(rule, facts), about),
    outcomeOf(
      'auto-approval-product',
      rule.productIds.includes(request.productId)
        ? undefined
        : beyond(`it is about ${request.productId}`),
      about,
    ),
    outcomeOf(
      'auto-approval-purposes',
      listFault('purpose', request.purposes, rule.purposes),
      about,
    ),
    outcomeOf(
      'auto-approval-functions',
      listFault('function', request.functions, rule.functions),
      about,
    ),
    outcomeOf('auto-approval-release', releaseFault(rule, request), about),
    outcomeOf('auto-approval-epsilon', epsilonFault(rule, request), about),
    outcomeOf('auto-approval-uses', usesFault(rule, request), about),
    outcomeOf('auto-approval-days', daysFault(rule, facts), about),
    outcomeOf('auto-approval-price', priceFault(rule, request), about),
  ];
}

function termsOf(
  rule: AutoApprovalRule,
  { request, product, now }: AutoApprovalFacts,
): ApprovedTerms {
  return {
    productId: request.productId,
    productVersion: request.productVersion,
    purposes: [...request.purposes],
    functions: [...request.functions],
    recipients: [`member:${request.analystId}`],
    notBefore: now,
    notAfter: request.notAfter,
    maxUses: request.maxUses,
    minCohort: Math.max(rule.minCohort, product.minCohort),
    release: request.release,
    epsilonPerEpochMicro: request.epsilonPerEpochMicro,
    minimumPricePerUse: request.offeredPrice,
    requestId: request.requestId,
  };
}

function openFault({ request, analyst, now }: AutoApprovalFacts): RuleFailure | undefined {
  if (request.status !== 'open') return beyond('it was taken back');
  if (analyst.status !== 'active') return beyond(`${analyst.memberId} is not active`);
  return request.notAfter > now ? undefined : beyond('its last day has passed');
}

function analystFault(
  { analystIds, analystRoles }: AutoApprovalRule,
  { request, analyst }: AutoApprovalFacts,
): RuleFailure | undefined {
  const named = analystIds.includes(request.analystId);
  const byRole = analyst.roles.some((role) => analystRoles.includes(role));
  const same = analyst.memberId === request.analystId;
  return same && (named || byRole) ? undefined : beyond(`${request.analystId} asks`);
}

function listFault(
  noun: string,
  wanted: readonly string[],
  allowed: readonly string[],
): RuleFailure | undefined {
  const foreign = wanted.find((value) => !allowed.includes(value));
  return foreign === undefined ? undefined : beyond(`it asks for the ${noun} ${foreign}`);
}

function releaseFault({ release }: AutoApprovalRule, request: ConsentRequest) {
  return release === 'noisy' && request.release === 'exact'
    ? beyond('it asks for exact release')
    : undefined;
}

function epsilonFault({ maxEpsilonPerEpochMicro }: AutoApprovalRule, request: ConsentRequest) {
  const { epsilonPerEpochMicro } = request;
  return epsilonPerEpochMicro <= maxEpsilonPerEpochMicro
    ? undefined
    : beyond(
        `it asks for ε ${epsilonText(epsilonPerEpochMicro)} an epoch, above ${epsilonText(maxEpsilonPerEpochMicro)}`,
      );
}

function usesFault({ maxUses }: AutoApprovalRule, request: ConsentRequest) {
  return request.maxUses <= maxUses
    ? undefined
    : beyond(`it asks for ${request.maxUses} uses, above ${maxUses}`);
}

function daysFault({ maxDays }: AutoApprovalRule, { request, now }: AutoApprovalFacts) {
  return request.notAfter <= now + maxDays * DAY_MS
    ? undefined
    : beyond(`it would last longer than ${maxDays} days`);
}

function priceFault({ minimumPrice }: AutoApprovalRule, { offeredPrice }: ConsentRequest) {
  return BigInt(offeredPrice) >= BigInt(minimumPrice)
    ? undefined
    : beyond(`it offers ${offeredPrice} minor units, below ${minimumPrice}`);
}

function beyond(what: string): RuleFailure {
  return {
    code: 'CONSENT_NOT_COVERING',
    sentence: `Your rule does not cover this: ${what}; a person has to look.`,
  };
}
