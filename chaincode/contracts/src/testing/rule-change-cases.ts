import { migrationListSchema, ruleRevisionSchema, type MemberId } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import {
  dealSampleKey,
  foundConsortium,
  foundNetwork,
  grantConsent,
  keyRegistration,
  letIn,
} from './sample-network.js';
import { sampleProduct } from './sample-objects.js';
import { adopt } from './sample-proposal.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** What counts as a change of the rules, and data of earlier releases. */
export const ruleChangeCases: ContractCase[] = [
  {
    name: 'counts the founding, products and committee keys as changes of the rules',
    async run(ledger) {
      await foundNetwork(ledger);
      assert.equal(await revision(ledger), 1);
      await adopt(ledger, 'standard', sampleProduct());
      assert.equal(await revision(ledger), 2);
      const registration = keyRegistration(await dealSampleKey());
      await adopt(ledger, 'committeeKey', registration);
      const { keyId } = registration.record;
      await adopt(ledger, 'committeeKeyRetirement', { keyId });
      assert.equal(await revision(ledger), 4);
    },
  },
  {
    name: 'counts a grant of power over the rules, its suspension and a certificate for it',
    async run(ledger) {
      await foundConsortium(ledger);
      await letIn(ledger, { name: 'keyholder-2', mspId: 'RegulatorMSP', roles: ['keyholder'] });
      assert.equal(await revision(ledger), 2);
      const { fingerprint } = await ledger.identity('keyholder-2-renewed', 'RegulatorMSP');
      const certificate = { memberId: 'keyholder-2' as MemberId, fingerprint };
      await ledger.submit('keyholder-2', 'member', 'addCertificate', certificate);
      assert.equal(await revision(ledger), 3);
      await ledger.submit('operator', 'member', 'revokeCertificate', certificate);
      assert.equal(await revision(ledger), 3);
      const { memberId } = certificate;
      await adopt(ledger, 'memberStatus', { memberId, status: 'suspended' });
      assert.equal(await revision(ledger), 4);
    },
  },
  {
    name: 'counts nothing that an ordinary member does or is',
    async run(ledger) {
      await foundNetwork(ledger);
      await adopt(ledger, 'standard', sampleProduct());
      const before = await revision(ledger);
      await letIn(ledger, { name: 'merchant-4', mspId: 'MerchantsMSP', roles: ['merchant'] });
      const suspension = { memberId: 'merchant-4', status: 'suspended' };
      await ledger.submit('operator', 'member', 'setStatus', suspension);
      await grantConsent(ledger, 'merchant-1');
      assert.equal(await revision(ledger), before);
    },
  },
  {
    name: 'has nothing to migrate in a consortium that it founded, and lets only the operator ask',
    async run(ledger) {
      await foundNetwork(ledger);
      const list = migrationListSchema.parse(
        await ledger.evaluate('analyst', 'consortium', 'migrations', {}),
      );
      assert.ok(list.length > 0);
      assert.deepEqual([...new Set(list.map(({ status }) => status))], ['done']);
      await requireRefusal(ledger.submit('analyst', 'consortium', 'migrate', {}), 'FORBIDDEN');
      assert.deepEqual(await ledger.submit('operator', 'consortium', 'migrate', {}), {
        migrationId: null,
        pending: [],
      });
    },
  },
];

async function revision(ledger: TestLedger): Promise<number> {
  const read = await ledger.evaluate('operator', 'consortium', 'ruleRevision', {});
  return ruleRevisionSchema.parse(read).revision;
}
