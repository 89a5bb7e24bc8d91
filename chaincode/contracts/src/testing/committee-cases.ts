import { committeeKeySchema, type CommitteeKeyRegistration, type KeyId } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import {
  dealSampleKey,
  foundConsortium,
  foundNetwork,
  generateSampleKey,
  keyRegistration,
} from './sample-network.js';
import { sampleConsortium } from './sample-objects.js';
import { adopt } from './sample-proposal.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** Committee keys: only a checked record, with a committee behind it. */
export const committeeCases: ContractCase[] = [
  {
    name: 'registers a checked key, which becomes the active one',
    async run(ledger) {
      await foundNetwork(ledger);
      await requireRefusal(ledger.evaluate('analyst', 'committee', 'active', {}), 'KEY_NOT_ACTIVE');
      const dealt = await dealSampleKey();
      await registerKey(ledger, keyRegistration(dealt));
      await requireRefusal(registerKey(ledger, keyRegistration(dealt)), 'INVALID_STATE', /already/);
      assert.equal(await activeKeyId(ledger), dealt.record.keyId);
    },
  },
  {
    name: 'refuses a record that fails the check, whatever its dealer says',
    async run(ledger) {
      await foundNetwork(ledger);
      const registration = keyRegistration(await dealSampleKey());
      const { record } = registration;
      const [first = '', second = '', third = ''] = record.vi;
      const swapped = { ...record, vi: [second, first, third] };
      await requireRefusal(
        registerKey(ledger, { ...registration, record: swapped }),
        'KEY_RECORD_INVALID',
      );
    },
  },
  {
    name: 'refuses a committee that is short, doubled, unknown or without the role',
    async run(ledger) {
      await foundNetwork(ledger);
      const registration = keyRegistration(await dealSampleKey());
      const committees = [
        ['keyholder-1', 'keyholder-2'],
        ['keyholder-1', 'keyholder-2', 'keyholder-2'],
        ['keyholder-1', 'keyholder-2', 'nobody'],
        ['keyholder-1', 'keyholder-2', 'auditor'],
      ];
      for (const keyholders of committees) {
        await requireRefusal(
          registerKey(ledger, { ...registration, keyholders }),
          'INVALID_ARGUMENT',
        );
      }
    },
  },
  {
    name: 'refuses a test key outside a test network',
    async run(ledger) {
      await foundConsortium(ledger, sampleConsortium({ testNetwork: false }));
      await requireRefusal(
        registerKey(ledger, keyRegistration(await dealSampleKey())),
        'INVALID_ARGUMENT',
        /keyholder/,
      );
    },
  },
  {
    name: 'keeps an older key readable until it is retired',
    async run(ledger) {
      await foundNetwork(ledger);
      const first = await dealSampleKey();
      const second = await generateSampleKey();
      await registerKey(ledger, keyRegistration(first));
      await registerKey(ledger, keyRegistration(second));
      assert.equal(await activeKeyId(ledger), second.record.keyId);
      await retire(ledger, first.record.keyId as KeyId);
      assert.equal(await activeKeyId(ledger), second.record.keyId);
      await retire(ledger, second.record.keyId as KeyId);
      await requireRefusal(activeKeyId(ledger), 'KEY_NOT_ACTIVE');
      const all = await ledger.evaluate('analyst', 'committee', 'list', {});
      assert.deepEqual(
        committeeKeySchema
          .array()
          .parse(all)
          .map(({ status }) => status),
        ['retired', 'retired'],
      );
    },
  },
];

function registerKey(ledger: TestLedger, registration: object): Promise<unknown> {
  return adopt(ledger, 'committeeKey', registration as CommitteeKeyRegistration);
}

function retire(ledger: TestLedger, keyId: KeyId): Promise<unknown> {
  return adopt(ledger, 'committeeKeyRetirement', { keyId });
}

async function activeKeyId(ledger: TestLedger): Promise<KeyId> {
  const key = await ledger.evaluate('analyst', 'committee', 'active', {});
  return committeeKeySchema.parse(key).keyId;
}
