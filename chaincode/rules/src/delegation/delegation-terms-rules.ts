import type { Delegation, DelegationTerms, Member, MemberId, Verdict } from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** What the terms of a delegation are held against. */
export interface DelegationTermsFacts {
  readonly terms: DelegationTerms;
  readonly principalId: MemberId;
  /** The member that the terms name as agent; undefined when there is none. */
  readonly agent: Pick<Member, 'memberId' | 'roles' | 'status'> | undefined;
  /** Ledger time in milliseconds. */
  readonly now: number;
}

/** Whether a principal may let this agent ask on these terms (docs/ledger.md, Delegation). */
export function checkDelegationTerms(facts: DelegationTermsFacts): Verdict {
  const about = { delegationId: facts.terms.delegationId, agent: facts.terms.agentId };
  return verdictOf([
    outcomeOf('delegation-agent', invalid(agentFault(facts)), about),
    outcomeOf('delegation-scope', invalid(scopeFault(facts.terms)), about),
    outcomeOf('delegation-dates', invalid(dateFault(facts)), { ...about, now: facts.now }),
    outcomeOf('delegation-limits', invalid(limitFault(facts.terms)), about),
  ]);
}

/** Whether a delegation may be revoked: by its principal, at any time. */
export function checkDelegationRevocation(
  { delegationId, principalId }: Pick<Delegation, 'delegationId' | 'principalId'>,
  callerId: MemberId,
): Verdict {
  const fault: RuleFailure | undefined =
    principalId === callerId
      ? undefined
      : { code: 'FORBIDDEN', sentence: 'Only the principal revokes a delegation.' };
  return verdictOf([outcomeOf('delegation-principal', fault, { delegationId })]);
}

function agentFault({ terms, principalId, agent }: DelegationTermsFacts): string | undefined {
  if (agent === undefined) return `There is no member ${terms.agentId}.`;
  if (agent.memberId === principalId) return 'Nobody delegates to himself.';
  if (agent.status !== 'active') return `The member ${agent.memberId} is not active.`;
  return agent.roles.includes('analyst')
    ? undefined
    : `The member ${agent.memberId} is no analyst, so it cannot ask.`;
}

function scopeFault({ purposes, productIds }: DelegationTerms): string | undefined {
  const purpose = firstRepeated(purposes);
  if (purpose !== undefined) return `The field purposes has ${purpose} twice.`;
  const product = firstRepeated(productIds ?? []);
  return product === undefined ? undefined : `The field productIds has ${product} twice.`;
}

function dateFault({ terms, now }: DelegationTermsFacts): string | undefined {
  if (terms.notBefore >= terms.notAfter) return 'The field notAfter must be later than notBefore.';
  return terms.notAfter <= now ? 'The field notAfter has passed already.' : undefined;
}

/** A limit for one query above that for all would never be reached, so it is a mistake. */
function limitFault(terms: DelegationTerms): string | undefined {
  if (BigInt(terms.maxPricePerQuery) > BigInt(terms.moneyBudget)) {
    return 'The field maxPricePerQuery is more than moneyBudget.';
  }
  return terms.epsilonPerQueryMicro > terms.epsilonBudgetMicro
    ? 'The field epsilonPerQueryMicro is more than epsilonBudgetMicro.'
    : undefined;
}

function invalid(sentence: string | undefined): RuleFailure | undefined {
  return sentence === undefined ? undefined : { code: 'DELEGATION_INVALID', sentence };
}
