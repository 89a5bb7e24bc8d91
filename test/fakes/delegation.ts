import { delegationSchema, type Delegation } from '@veilsum/protocol';
import type { DelegatedUse } from '@veilsum/rules';
import { SAMPLE_NOW, sampleId, sampleMember } from './query-facts.js';

export const SAMPLE_DELEGATION = sampleId(0xde1);

/** What `chain-1` delegates to the analyst of the sample facts; the sample request is within it. */
export function sampleDelegation(
  change: Partial<Record<keyof Delegation, unknown>> = {},
): Delegation {
  return delegationSchema.parse({
    format: 'veilsum-delegation/1',
    delegationId: SAMPLE_DELEGATION,
    principalId: 'chain-1',
    agentId: 'analyst-1',
    purposes: ['CommercialResearch'],
    productIds: ['weekly-sales'],
    maxPricePerQuery: '1500',
    moneyBudget: '3000',
    epsilonPerQueryMicro: 1_000_000,
    epsilonBudgetMicro: 2_500_000,
    maxQueries: 3,
    notBefore: SAMPLE_NOW - 1000,
    notAfter: SAMPLE_NOW + 1_000_000,
    status: 'active',
    givenAt: 1,
    changedAt: 1,
    ...change,
  });
}

/** A delegation that nothing has been taken of, unless the changes say so. */
export function sampleDelegated(
  change: Partial<Record<keyof Delegation, unknown>> = {},
  { principal, ...use }: Partial<DelegatedUse['use'] & Pick<DelegatedUse, 'principal'>> = {},
): DelegatedUse {
  return {
    delegation: sampleDelegation(change),
    principal: principal ?? sampleMember('chain-1', { roles: ['analyst'] }),
    use: { queries: 0, money: '0', epsilonMicro: 0, ...use },
  };
}
