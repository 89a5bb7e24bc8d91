import {
  consortiumSchema,
  migrationListSchema,
  ruleRevisionSchema,
  type ErrorCode,
  type Role,
} from '@veilsum/protocol';
import assert from 'node:assert/strict';
import {
  dealSampleKey,
  foundConsortium,
  foundNetwork,
  grantConsent,
  keyRegistration,
} from './sample-network.js';
import { sampleConsortium, sampleProduct, sampleRegistration } from './sample-objects.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** What counts as a change of the rules, and data of earlier releases. */
export const ruleChangeCases: ContractCase[] = [
  {
    name: 'counts the founding, products and committee keys as changes of the rules',
    async run(ledger) {
      await foundConsortium(ledger);
      assert.equal(await revision(ledger), 1);
      await foundNetwork(ledger);
      const before = await revision(ledger);
      await ledger.submit('operator', 'product', 'publish', sampleProduct());
      await ledger.submit('operator', 'product', 'publish', sampleProduct());
      assert.equal(await revision(ledger), before + 1);
      const { record } = await dealSampleKey();
      const registration = keyRegistration(await dealSampleKey());
      await ledger.submit('operator', 'committee', 'registerKey', registration);
      await ledger.submit('operator', 'committee', 'retire', { keyId: record.keyId });
      assert.equal(await revision(ledger), before + 3);
    },
  },
  {
    name: 'counts a grant of power over the rules, its suspension and a certificate for it',
    async run(ledger) {
      await foundConsortium(ledger);
      await register(ledger, 'keyholder-1', 'keyholder', 'RegulatorMSP');
      assert.equal(await revision(ledger), 2);
      await setStatus(ledger, 'keyholder-1', 'suspended');
      assert.equal(await revision(ledger), 3);
      const { fingerprint } = await ledger.identity('keyholder-1-renewed', 'RegulatorMSP');
      const certificate = { memberId: 'keyholder-1', fingerprint };
      await ledger.submit('operator', 'member', 'addCertificate', certificate);
      assert.equal(await revision(ledger), 4);
      await ledger.submit('operator', 'member', 'revokeCertificate', certificate);
      assert.equal(await revision(ledger), 4);
    },
  },
  {
    name: 'counts nothing that an ordinary member does or is',
    async run(ledger) {
      await foundNetwork(ledger);
      await ledger.submit('operator', 'product', 'publish', sampleProduct());
      const before = await revision(ledger);
      await register(ledger, 'merchant-4', 'merchant', 'MerchantsMSP');
      await setStatus(ledger, 'merchant-4', 'suspended');
      await grantConsent(ledger, 'merchant-1');
      assert.equal(await revision(ledger), before);
    },
  },
  {
    name: 'admits an organisation, whose members then take part and whose word counts',
    async run(ledger) {
      await foundConsortium(ledger);
      const admission = { mspId: 'PlatformMSP', roles: ['platform', 'logistics'] };
      await admit(ledger, admission);
      await admit(ledger, { ...admission, roles: ['logistics', 'platform'] });
      assert.equal(await revision(ledger), 2);
      const read = await ledger.evaluate('operator', 'consortium', 'read', {});
      const { mspRoles } = consortiumSchema.parse(read);
      assert.deepEqual(mspRoles, { ...sampleConsortium().mspRoles, PlatformMSP: admission.roles });
      await register(ledger, 'carrier', 'logistics', 'PlatformMSP');
      await ledger.evaluate('carrier', 'member', 'whoami', {});
      await requireRefusal(register(ledger, 'shop', 'merchant', 'PlatformMSP'), 'FORBIDDEN');
      await ledger.submit('operator', 'product', 'publish', sampleProduct());
      assert.equal(await revision(ledger), 3);
    },
  },
  {
    name: 'admits no organisation with other roles than before, with power over the rules or with none',
    async run(ledger) {
      await foundNetwork(ledger);
      const before = await revision(ledger);
      const refused = (mspId: string, roles: string[], code: ErrorCode) =>
        requireRefusal(admit(ledger, { mspId, roles }), code);
      await refused('MerchantsMSP', ['merchant'], 'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT');
      await refused('PlatformMSP', ['platform', 'operator'], 'FORBIDDEN');
      await refused('PlatformMSP', ['regulator'], 'FORBIDDEN');
      await refused('PlatformMSP', ['emperor'], 'INVALID_ARGUMENT');
      await refused('PlatformMSP', ['platform', 'platform'], 'INVALID_ARGUMENT');
      await refused('PlatformMSP', [], 'INVALID_ARGUMENT');
      const admission = { mspId: 'PlatformMSP', roles: ['platform'] };
      await requireRefusal(
        ledger.submit('analyst', 'consortium', 'admitOrganisation', admission),
        'FORBIDDEN',
      );
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

async function register(
  ledger: TestLedger,
  memberId: string,
  role: Role,
  mspId: string,
): Promise<void> {
  const registration = sampleRegistration(memberId, [role], await ledger.identity(memberId, mspId));
  await ledger.submit('operator', 'member', 'register', registration);
}

function setStatus(ledger: TestLedger, memberId: string, status: 'suspended'): Promise<unknown> {
  return ledger.submit('operator', 'member', 'setStatus', { memberId, status });
}

function admit(
  ledger: TestLedger,
  admission: { readonly mspId: string; readonly roles: string[] },
): Promise<unknown> {
  return ledger.submit('operator', 'consortium', 'admitOrganisation', admission);
}
