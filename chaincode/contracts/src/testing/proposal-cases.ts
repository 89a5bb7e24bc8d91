import { hashCanonicalJson } from '@veilsum/crypto';
import {
  committeeKeySchema,
  consortiumSchema,
  memberSchema,
  productSchema,
  readProposalSchema,
  ruleRevisionSchema,
  type Proposal,
} from '@veilsum/protocol';
import assert from 'node:assert/strict';
import {
  dealSampleKey,
  foundConsortium,
  foundNetwork,
  keyRegistration,
  letIn,
} from './sample-network.js';
import {
  sampleConsortium,
  sampleHash,
  sampleId,
  sampleProduct,
  sampleRegistration,
} from './sample-objects.js';
import { adopt, approve, propose, sampleProposal } from './sample-proposal.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** Proposals: how the rules change, and that nobody changes them alone. */
export const proposalCases: ContractCase[] = [
  {
    name: 'takes effect with the last approval, and keeps who approved what exactly',
    async run(ledger) {
      await foundNetwork(ledger);
      const content = sampleProduct();
      const proposal = await propose(ledger, 'standard', content);
      assert.equal(proposal.contentHash, hashCanonicalJson({ kind: 'standard', content }));
      assert.deepEqual(spoken(proposal), [['AssociationMSP', 'operator']]);
      await requireRefusal(readProduct(ledger), 'PRODUCT_NOT_FOUND');
      const before = await revision(ledger);
      const adopted = await approve(ledger, 'keyholder-1', proposal);
      assert.equal(adopted.status, 'adopted');
      assert.equal(await revision(ledger), before + 1);
      assert.equal(productSchema.parse(await readProduct(ledger)).title, content.title);
      const read = await readProposal(ledger, proposal);
      assert.deepEqual(read.content, content);
      assert.deepEqual(spoken(read), [
        ['AssociationMSP', 'operator'],
        ['RegulatorMSP', 'keyholder-1'],
      ]);
      assert.ok(read.approvals.every(({ at, transactionId }) => at > 0 && transactionId !== ''));
    },
  },
  {
    name: 'adopts nothing by one organisation, whoever of it approves, and by nobody who is not asked',
    async run(ledger) {
      await foundNetwork(ledger);
      const proposal = await propose(ledger, 'standard', sampleProduct());
      for (const colleague of ['operator', 'treasurer', 'auditor']) {
        const unchanged = await approve(ledger, colleague, proposal);
        assert.deepEqual([unchanged.status, unchanged.approvals.length], ['open', 1]);
      }
      await requireRefusal(approve(ledger, 'gateway', proposal), 'FORBIDDEN', /speak/);
      await requireRefusal(approve(ledger, 'merchant-1', proposal), 'FORBIDDEN', /speak/);
      await requireRefusal(readProduct(ledger), 'PRODUCT_NOT_FOUND');
    },
  },
  {
    name: 'approves only what was read, once, and while the proposal is open',
    async run(ledger) {
      await foundNetwork(ledger);
      const proposal = await propose(ledger, 'standard', sampleProduct());
      const other = { ...proposal, contentHash: sampleHash('another') as never };
      await requireRefusal(approve(ledger, 'keyholder-1', other), 'PROPOSAL_CONTENT_MISMATCH');
      await requireRefusal(withdraw(ledger, 'keyholder-1', proposal), 'FORBIDDEN', /operator/);
      await withdraw(ledger, 'operator', proposal);
      await requireRefusal(approve(ledger, 'keyholder-1', proposal), 'INVALID_STATE', /withdrawn/);
      assert.equal((await readProposal(ledger, proposal)).status, 'withdrawn');
    },
  },
  {
    name: 'ends with the no of an organisation that it cannot do without',
    async run(ledger) {
      await foundNetwork(ledger);
      const proposal = await propose(ledger, 'standard', sampleProduct());
      const { proposalId } = proposal;
      const reason = 'The bounds are too wide.';
      await ledger.submit('keyholder-2', 'proposal', 'reject', { proposalId, reason });
      await requireRefusal(approve(ledger, 'keyholder-1', proposal), 'INVALID_STATE', /rejected/);
      const { status, rejections } = await readProposal(ledger, proposal);
      assert.deepEqual(
        [status, rejections.map((vote) => [vote.mspId, vote.memberId, vote.reason])],
        ['rejected', [['RegulatorMSP', 'keyholder-2', reason]]],
      );
    },
  },
  {
    name: 'takes a proposal once, in the form of its kind, for a limited time',
    async run(ledger) {
      await foundNetwork(ledger);
      const submission = sampleProposal(ledger, 'standard', sampleProduct());
      const submit = (change: object) =>
        ledger.submit('merchant-1', 'proposal', 'submit', { ...submission, ...change });
      await submit({});
      await submit({});
      await requireRefusal(submit({ reason: 'Other.' }), 'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT');
      const proposalId = sampleId('second');
      await requireRefusal(submit({ proposalId, kind: 'decree' }), 'INVALID_ARGUMENT', /kind/);
      const content = { ...sampleProduct(), extra: 1 };
      await requireRefusal(submit({ proposalId, content }), 'INVALID_ARGUMENT', /content\.extra/);
      const late = ledger.now() + 91 * 86_400_000;
      await requireRefusal(submit({ proposalId, expiresAt: late }), 'LIMIT_EXCEEDED', /90 days/);
      await requireRefusal(submit({ proposalId, expiresAt: 1 }), 'INVALID_ARGUMENT', /expiresAt/);
      const core = sampleProduct({ classification: 'core' });
      await requireRefusal(submit({ proposalId, content: core }), 'CLASSIFICATION_CORE');
    },
  },
  {
    name: 'lets the keyholders have their say on the committee key, and asks again at the end',
    async run(ledger) {
      await foundNetwork(ledger);
      const registration = keyRegistration(await dealSampleKey());
      const { keyId } = registration.record;
      const first = await propose(ledger, 'committeeKey', registration);
      const second = await propose(ledger, 'committeeKey', registration, {
        proposalId: sampleId('the same key again'),
      });
      await approve(ledger, 'keyholder-3', first);
      const active = await ledger.evaluate('analyst', 'committee', 'active', {});
      assert.equal(committeeKeySchema.parse(active).keyId, keyId);
      await requireRefusal(approve(ledger, 'keyholder-3', second), 'INVALID_STATE', /already/);
      await adopt(ledger, 'committeeKeyRetirement', { keyId });
      await requireRefusal(ledger.evaluate('analyst', 'committee', 'active', {}), 'KEY_NOT_ACTIVE');
    },
  },
  {
    name: 'changes what members are and which certificates speak for them',
    async run(ledger) {
      await foundNetwork(ledger);
      const memberId = 'keyholder-2' as never;
      await adopt(ledger, 'memberRoles', { memberId, roles: ['keyholder', 'regulator'] });
      const { fingerprint } = await ledger.identity('keyholder-2-new', 'RegulatorMSP');
      await adopt(ledger, 'memberCertificate', { memberId, fingerprint: fingerprint as never });
      const me = await ledger.evaluate('keyholder-2-new', 'member', 'whoami', {});
      assert.deepEqual(memberSchema.parse(me).roles, ['keyholder', 'regulator']);
      await adopt(ledger, 'memberStatus', { memberId, status: 'suspended' });
      await requireRefusal(
        ledger.evaluate('keyholder-2-new', 'member', 'whoami', {}),
        'MEMBER_NOT_ACTIVE',
      );
      const fresh = [];
      for (const name of ['merchant-4', 'merchant-5']) {
        const identity = await ledger.identity(name, 'MerchantsMSP');
        fresh.push(sampleRegistration(name, ['merchant'], identity));
      }
      const before = await revision(ledger);
      await adopt(ledger, 'member', { registrations: fresh });
      await ledger.evaluate('merchant-5', 'member', 'whoami', {});
      assert.equal(await revision(ledger), before);
    },
  },
  {
    name: 'lets an organisation join and changes what its members may be, but never behind their backs',
    async run(ledger) {
      await foundNetwork(ledger);
      const platform = { mspId: 'PlatformMSP' as never, roles: ['platform' as const] };
      await adopt(ledger, 'organisation', platform);
      await adopt(ledger, 'organisation', { ...platform, roles: ['platform', 'keyholder'] });
      const read = await ledger.evaluate('operator', 'consortium', 'read', {});
      const { mspRoles } = consortiumSchema.parse(read);
      assert.deepEqual(mspRoles['PlatformMSP'], ['platform', 'keyholder']);
      const proposed = (mspId: string, roles: string[]) =>
        propose(ledger, 'organisation', { mspId, roles } as never);
      await requireRefusal(proposed('RegulatorMSP', ['regulator']), 'INVALID_STATE', /keyholder-1/);
      await requireRefusal(proposed('PlatformMSP', ['keyholder', 'platform']), 'INVALID_STATE');
      await requireRefusal(proposed('PlatformMSP', ['emperor']), 'INVALID_ARGUMENT', /roles/);
    },
  },
  {
    name: 'adopts nothing by the needs of before another organisation counted',
    async run(ledger) {
      await foundNetwork(ledger);
      await adopt(ledger, 'organisation', {
        mspId: 'MerchantsMSP' as never,
        roles: [...(sampleConsortium().mspRoles['MerchantsMSP'] ?? []), 'keyholder'],
      });
      const earlier = await propose(ledger, 'standard', sampleProduct());
      const holder = { name: 'holder', mspId: 'MerchantsMSP', roles: ['keyholder'] } as const;
      await letIn(ledger, holder);
      await requireRefusal(approve(ledger, 'keyholder-1', earlier), 'INVALID_STATE', /Propose it/);
      assert.equal((await readProposal(ledger, earlier)).status, 'open');
    },
  },
  {
    name: 'can adopt nothing where one organisation alone has power over the rules',
    async run(ledger) {
      await foundConsortium(ledger);
      const leaving = { memberId: 'keyholder-1', status: 'left' };
      await ledger.submit('keyholder-1', 'member', 'setStatus', leaving);
      await requireRefusal(
        propose(ledger, 'standard', sampleProduct()),
        'APPROVERS_MISSING',
        /only AssociationMSP/,
      );
    },
  },
];

const spoken = ({ approvals }: Pick<Proposal, 'approvals'>) =>
  approvals.map(({ mspId, memberId }) => [mspId, memberId]);

function withdraw(ledger: TestLedger, as: string, { proposalId }: Proposal): Promise<unknown> {
  return ledger.submit(as, 'proposal', 'withdraw', { proposalId });
}

async function readProposal(ledger: TestLedger, { proposalId }: Proposal) {
  const read = await ledger.evaluate('analyst', 'proposal', 'read', { proposalId });
  return readProposalSchema.parse(read);
}

function readProduct(ledger: TestLedger): Promise<unknown> {
  const { productId, version } = sampleProduct();
  return ledger.evaluate('analyst', 'product', 'read', { productId, version });
}

async function revision(ledger: TestLedger): Promise<number> {
  const read = await ledger.evaluate('operator', 'consortium', 'ruleRevision', {});
  return ruleRevisionSchema.parse(read).revision;
}
