import { jest } from '@jest/globals';
import type { EndorsementPolicy } from '@veilsum/rules';
import { createContracts } from './contract-set.js';
import { invokeTransaction } from './invocation.js';
import {
  MemoryLedger,
  foundMarket,
  foundNetwork,
  generateSampleKey,
  keyRegistration,
  sampleProduct,
} from './testing/index.js';

/** Runs a transaction of the operator. @returns the policies that it writes, by the kind of object */
async function policiesOf(
  ledger: MemoryLedger,
  [contract, transaction, argument]: readonly [string, string, object],
): Promise<Record<string, EndorsementPolicy>> {
  const context = ledger.openContext('operator');
  const set = jest.spyOn(context.stub, 'setStateEndorsementPolicy');
  const contracts = createContracts({ clock: () => ledger.now() });
  const call = { contract, transaction, argument: JSON.stringify(argument) };
  await invokeTransaction(contracts, context, call);
  const policies = set.mock.calls as unknown as [string, EndorsementPolicy][];
  return Object.fromEntries(
    policies.map(([key, policy]) => [context.stub.splitCompositeKey(key).objectType, policy]),
  );
}

const admission = (mspId: string) =>
  ['consortium', 'admitOrganisation', { mspId, roles: ['logistics'] }] as const;

describe('who endorses the changes of the rules to come', () => {
  it('is set anew when an organisation joins', async () => {
    const ledger = new MemoryLedger();
    await foundNetwork(ledger);
    const policies = await policiesOf(ledger, admission('LogisticsMSP'));
    expect(Object.keys(policies).sort()).toEqual(['consortium', 'ruleRevision']);
    expect(policies['ruleRevision']).toEqual(policies['consortium']);
    expect(JSON.stringify(policies['ruleRevision'])).toContain('LogisticsMSP');
  });

  it('is not written anew where nothing changes', async () => {
    const ledger = new MemoryLedger();
    const dealt = await foundMarket(ledger);
    const next = keyRegistration(await generateSampleKey());
    const product = { ...sampleProduct(), version: 2 };
    expect(Object.keys(await policiesOf(ledger, ['product', 'publish', product]))).toEqual([
      'product',
    ]);
    expect(Object.keys(await policiesOf(ledger, ['committee', 'registerKey', next]))).toEqual([
      'committeeKey',
    ]);
    const { keyId } = dealt.record;
    expect(await policiesOf(ledger, ['committee', 'retire', { keyId }])).toEqual({});
  });
});
