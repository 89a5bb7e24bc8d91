import type {
  Delegation,
  DelegationUse,
  Member,
  QueryRequest,
  RuleOutcome,
} from '@veilsum/protocol';
import { epsilonText } from '../query/epsilon-text.js';
import { outcomeOf, type RuleFailure } from '../verdict.js';

/** A delegation as a query under it meets it. */
export interface DelegatedUse {
  readonly delegation: Delegation;
  readonly principal: Member;
  /** What other queries have taken of its limits. */
  readonly use: Pick<DelegationUse, 'queries' | 'money' | 'epsilonMicro'>;
}

/** What a delegation is held against. */
export interface DelegationFacts {
  readonly request: Pick<
    QueryRequest,
    'delegationId' | 'purpose' | 'productId' | 'epsilonMicro' | 'release'
  >;
  readonly analyst: Pick<Member, 'memberId'>;
  readonly delegated: DelegatedUse | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Who besides the analyst stands behind a request: consents, rulebook and audience must allow them all. */
export function askersOf<Asker>(
  analyst: Asker,
  delegated: { readonly principal: Asker } | undefined,
): Asker[] {
  return delegated === undefined ? [analyst] : [analyst, delegated.principal];
}

/**
 * Every limit of the delegation under which a request is made, each with a code of its own; nothing is said
 * about requests without one.
 * @param price - minor units that the principal would pay
 */
export function delegationAllows(facts: DelegationFacts, price: bigint): RuleOutcome[] {
  const { delegated } = facts;
  if (delegated === undefined) return delegationStands(facts);
  const { delegation, use } = delegated;
  const { epsilonMicro } = facts.request;
  const about = { delegationId: delegation.delegationId };
  const money = BigInt(use.money) + price;
  const spent = use.epsilonMicro + epsilonMicro;
  const queries = use.queries + 1;
  return [
    ...delegationStands(facts),
    outcomeOf('delegation-price', priceFault(delegation, price), {
      ...about,
      price: String(price),
      limit: delegation.maxPricePerQuery,
    }),
    outcomeOf('delegation-budget', budgetFault(delegation, use.money, price), {
      ...about,
      money: String(money),
      limit: delegation.moneyBudget,
    }),
    outcomeOf('delegation-epsilon', epsilonFault(delegation, epsilonMicro), {
      ...about,
      epsilonMicro,
      limit: delegation.epsilonPerQueryMicro,
    }),
    outcomeOf('delegation-epsilon-budget', epsilonBudgetFault(delegation, use, epsilonMicro), {
      ...about,
      epsilonMicro: spent,
      limit: delegation.epsilonBudgetMicro,
    }),
    outcomeOf('delegation-queries', countFault(delegation, queries), {
      ...about,
      queries,
      limit: delegation.maxQueries,
    }),
  ];
}

/**
 * What of a delegation must still hold when a plan under it is opened: a revocation and the last day count
 * for every query that has not been released.
 */
export function delegationStands(facts: DelegationFacts): RuleOutcome[] {
  const { request, analyst, delegated, now } = facts;
  if (request.delegationId === undefined) return [];
  const about = { delegationId: request.delegationId };
  if (delegated?.delegation.delegationId !== request.delegationId) {
    return [outcomeOf('delegation-known', unknownFault(request.delegationId), about)];
  }
  const { delegation, principal } = delegated;
  return [
    outcomeOf('delegation-agent', agentFault(delegation, analyst), about),
    outcomeOf('delegation-principal', principalFault(principal), {
      ...about,
      principal: principal.memberId,
    }),
    outcomeOf('delegation-active', revokedFault(delegation), about),
    outcomeOf('delegation-dates', dateFault(delegation, now), { ...about, now }),
    outcomeOf('delegation-purpose', purposeFault(delegation, request), {
      ...about,
      purpose: request.purpose,
    }),
    outcomeOf('delegation-product', productFault(delegation, request), {
      ...about,
      productId: request.productId,
    }),
  ];
}

/** Whether another attempt, which costs its ε again, is within the delegation. */
export function delegationRecharge(
  { delegation, use }: Pick<DelegatedUse, 'delegation' | 'use'>,
  epsilonMicro: number,
): RuleOutcome {
  return outcomeOf('delegation-epsilon-budget', epsilonBudgetFault(delegation, use, epsilonMicro), {
    delegationId: delegation.delegationId,
    epsilonMicro,
  });
}

const unknownFault = (delegationId: string): RuleFailure => ({
  code: 'DELEGATION_NOT_FOUND',
  sentence: `There is no delegation ${delegationId}.`,
});

function agentFault(
  { agentId }: Delegation,
  { memberId }: Pick<Member, 'memberId'>,
): RuleFailure | undefined {
  if (agentId === memberId) return undefined;
  const sentence = `The delegation is for ${agentId}, not for ${memberId}; ask in your own name.`;
  return { code: 'DELEGATION_NOT_YOURS', sentence };
}

function principalFault({ memberId, status }: Member): RuleFailure | undefined {
  if (status === 'active') return undefined;
  const sentence = `The principal ${memberId} is not an active member; the operator can activate it.`;
  return { code: 'MEMBER_NOT_ACTIVE', sentence };
}

function revokedFault({ status, principalId }: Delegation): RuleFailure | undefined {
  if (status === 'active') return undefined;
  const sentence = `${principalId} revoked the delegation; it can give a new one.`;
  return { code: 'DELEGATION_REVOKED', sentence };
}

function dateFault({ notBefore, notAfter, principalId }: Delegation, now: number) {
  if (now >= notBefore && now <= notAfter) return undefined;
  const when = now < notBefore ? 'is not valid yet' : 'has expired';
  const sentence = `The delegation ${when}; ${principalId} can give another one.`;
  return { code: 'DELEGATION_EXPIRED' as const, sentence };
}

function purposeFault(
  { purposes, principalId }: Delegation,
  { purpose }: Pick<QueryRequest, 'purpose'>,
): RuleFailure | undefined {
  if (purposes.includes(purpose)) return undefined;
  const sentence = `${principalId} delegated ${purposes.join(', ')} only, not ${purpose}.`;
  return { code: 'DELEGATION_PURPOSE', sentence };
}

function productFault(
  { productIds, principalId }: Delegation,
  { productId }: Pick<QueryRequest, 'productId'>,
): RuleFailure | undefined {
  if (productIds === undefined || productIds.includes(productId)) return undefined;
  const sentence = `${principalId} delegated ${productIds.join(', ')} only, not ${productId}.`;
  return { code: 'DELEGATION_PRODUCT', sentence };
}

function priceFault({ maxPricePerQuery, principalId }: Delegation, price: bigint) {
  if (price <= BigInt(maxPricePerQuery)) return undefined;
  const sentence = `The price is ${price.toString()} minor units, and ${principalId} lets one query cost ${maxPricePerQuery}.`;
  return { code: 'DELEGATION_PRICE' as const, sentence };
}

function budgetFault({ moneyBudget, principalId }: Delegation, spent: string, price: bigint) {
  const left = BigInt(moneyBudget) - BigInt(spent);
  if (price <= left) return undefined;
  const sentence = `The price is ${price.toString()} minor units, and of the budget that ${principalId} delegated ${left.toString()} are left.`;
  return { code: 'DELEGATION_BUDGET' as const, sentence };
}

function epsilonFault({ epsilonPerQueryMicro, principalId }: Delegation, epsilonMicro: number) {
  if (epsilonMicro <= epsilonPerQueryMicro) return undefined;
  const sentence = `The query asks for ε ${epsilonText(epsilonMicro)}, and ${principalId} lets one query take ε ${epsilonText(epsilonPerQueryMicro)}.`;
  return { code: 'DELEGATION_EPSILON' as const, sentence };
}

function epsilonBudgetFault(
  { epsilonBudgetMicro, principalId }: Delegation,
  { epsilonMicro: spent }: Pick<DelegationUse, 'epsilonMicro'>,
  epsilonMicro: number,
) {
  const left = epsilonBudgetMicro - spent;
  if (epsilonMicro <= left) return undefined;
  const sentence = `The query takes ε ${epsilonText(epsilonMicro)}, and of what ${principalId} delegated ε ${epsilonText(Math.max(0, left))} is left.`;
  return { code: 'DELEGATION_EPSILON_BUDGET' as const, sentence };
}

function countFault({ maxQueries, principalId }: Delegation, queries: number) {
  if (queries <= maxQueries) return undefined;
  const sentence = `${principalId} delegated ${maxQueries} queries, and all of them were used.`;
  return { code: 'DELEGATION_QUERIES' as const, sentence };
}
