import { jest } from '@jest/globals';
import type { ProposalContent, ProposalKind } from '@veilsum/protocol';
import type { EndorsementPolicy } from '@veilsum/rules';
import { createContracts } from './contract-set.js';
import { invokeTransaction } from './invocation.js';
import {
  MemoryLedger,
  foundMarket,
  foundNetwork,
  generateSampleKey,
  keyRegistration,
  propose,
  sampleProduct,
  sampleProposal,
  sampleRegistration,
} from './testing/index.js';

/** Runs a transaction. @returns the policies that it writes, by the kind of object */
async function policiesOf(
  ledger: MemoryLedger,
  as: string,
  transaction: string,
  argument: object,
): Promise<Record<string, EndorsementPolicy>> {
  const context = ledger.openContext(as);
  const set = jest.spyOn(context.stub, 'setStateEndorsementPolicy');
  const contracts = createContracts({ clock: () => ledger.now() });
  const call = { contract: 'proposal', transaction, argument: JSON.stringify(argument) };
  await invokeTransaction(contracts, context, call);
  const policies = set.mock.calls as unknown as [string, EndorsementPolicy][];
  return Object.fromEntries(
    policies.map(([key, policy]) => [context.stub.splitCompositeKey(key).objectType, policy]),
  );
}

/** The policies that the last approval of a change writes. */
async function policiesOfAdoption<Kind extends ProposalKind>(
  ledger: MemoryLedger,
  kind: Kind,
  content: ProposalContent<Kind>,
): Promise<Record<string, EndorsementPolicy>> {
  const { proposalId, contentHash } = await propose(ledger, kind, content);
  return policiesOf(ledger, 'keyholder-1', 'approve', { proposalId, contentHash });
}

describe('who endorses the changes of the rules to come', () => {
  it('is set anew when an organisation joins', async () => {
    const ledger = new MemoryLedger();
    await foundNetwork(ledger);
    const joining = { mspId: 'LogisticsMSP' as never, roles: ['logistics' as const] };
    const policies = await policiesOfAdoption(ledger, 'organisation', joining);
    expect(Object.keys(policies).sort()).toEqual(['consortium', 'ruleRevision']);
    expect(policies['ruleRevision']).toEqual(policies['consortium']);
    expect(JSON.stringify(policies['ruleRevision'])).toContain('LogisticsMSP');
  });

  it('is not written anew where nothing changes', async () => {
    const ledger = new MemoryLedger();
    const dealt = await foundMarket(ledger);
    const next = keyRegistration(await generateSampleKey());
    const product = { ...sampleProduct(), version: 2 };
    const kindsOf = async (policies: ReturnType<typeof policiesOf>) => Object.keys(await policies);
    expect(await kindsOf(policiesOfAdoption(ledger, 'standard', product))).toEqual(['product']);
    expect(await kindsOf(policiesOfAdoption(ledger, 'committeeKey', next))).toEqual([
      'committeeKey',
    ]);
    const { keyId } = keyRegistration(dealt).record;
    expect(await kindsOf(policiesOfAdoption(ledger, 'committeeKeyRetirement', { keyId }))).toEqual(
      [],
    );
  });

  it('endorses what is said about them, and not about ordinary members', async () => {
    const ledger = new MemoryLedger();
    await foundNetwork(ledger);
    const standard = sampleProposal(ledger, 'standard', sampleProduct());
    const policies = await policiesOf(ledger, 'operator', 'submit', standard);
    expect(Object.keys(policies).sort()).toEqual(['proposal', 'proposedChange']);
    expect(JSON.stringify(policies['proposal'])).toContain('RegulatorMSP');
    const identity = await ledger.identity('m-9', 'MerchantsMSP');
    const registrations = [sampleRegistration('m-9', ['merchant'], identity)];
    const merchant = sampleProposal(ledger, 'member', { registrations });
    expect(await policiesOf(ledger, 'operator', 'submit', merchant)).toEqual({});
  });
});
