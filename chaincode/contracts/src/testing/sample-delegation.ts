import {
  delegationStateSchema,
  delegationTermsSchema,
  type DelegationTerms,
} from '@veilsum/protocol';
import { deposit } from './sample-network.js';
import { sampleId, sampleRegistration } from './sample-objects.js';
import { openMarket } from './sample-query.js';
import type { TestLedger } from './test-ledger.js';

export const DELEGATION_ID = sampleId('delegation of chain');

/** What a query of the sample delegation names. */
export const under = { delegationId: DELEGATION_ID };

/** The market with two more analysts; `chain` has money. */
export async function openDelegation(ledger: TestLedger): Promise<void> {
  await openMarket(ledger);
  for (const name of ['chain', 'chain-2']) {
    const identity = await ledger.identity(name, 'MerchantsMSP');
    const registration = sampleRegistration(name, ['analyst'], identity);
    await ledger.submit('operator', 'member', 'register', registration);
  }
  await deposit(ledger, 'chain', '5000');
}

/** Two queries of the sample kind and a little more. */
export function sampleDelegationTerms(
  ledger: TestLedger,
  changes: Partial<Record<keyof DelegationTerms, unknown>> = {},
): DelegationTerms {
  return delegationTermsSchema.parse({
    format: 'veilsum-delegation/1',
    delegationId: DELEGATION_ID,
    agentId: 'analyst',
    purposes: ['ServiceOptimisation'],
    maxPricePerQuery: '1000',
    moneyBudget: '2500',
    epsilonPerQueryMicro: 1_500_000,
    epsilonBudgetMicro: 2_500_000,
    maxQueries: 2,
    notBefore: ledger.now() - 86_400_000,
    notAfter: ledger.now() + 86_400_000,
    ...changes,
  });
}

/** `chain` delegates to `analyst`. */
export function grantDelegation(
  ledger: TestLedger,
  changes: Partial<Record<keyof DelegationTerms, unknown>>,
): Promise<unknown> {
  return ledger.submit('chain', 'delegation', 'grant', sampleDelegationTerms(ledger, changes));
}

/** Revokes the sample delegation. */
export const revokeDelegation = (ledger: TestLedger, as = 'chain') =>
  ledger.submit(as, 'delegation', 'revoke', under);

/** The sample delegation with what was used of it. */
export async function readDelegation(ledger: TestLedger) {
  return delegationStateSchema.parse(await ledger.evaluate('auditor', 'delegation', 'read', under));
}
