import { memberSchema, type Member } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { foundConsortium, foundNetwork } from './sample-network.js';
import { sampleConsent, sampleId, sampleRegistration } from './sample-objects.js';
import { requireRefusal, type ContractCase, type TestLedger } from './test-ledger.js';

/** Members, their roles, statuses and certificates. */
export const memberCases: ContractCase[] = [
  {
    name: 'lets a member in once, and lists it',
    async run(ledger) {
      await foundConsortium(ledger);
      const identity = await ledger.identity('analyst', 'MerchantsMSP');
      const registration = sampleRegistration('analyst', ['analyst'], identity);
      await register(ledger, registration);
      await register(ledger, registration);
      const all = memberSchema
        .array()
        .parse(await ledger.evaluate('analyst', 'member', 'list', {}));
      assert.deepEqual(
        all.map(({ memberId, status }) => [memberId, status]),
        [
          ['analyst', 'active'],
          ['keyholder-1', 'active'],
          ['operator', 'active'],
        ],
      );
    },
  },
  {
    name: 'lets the operator alone let in nobody who contributes, holds keys or oversees',
    async run(ledger) {
      await foundNetwork(ledger);
      for (const [role, mspId] of [
        ['merchant', 'MerchantsMSP'],
        ['keyholder', 'RegulatorMSP'],
        ['operator', 'AssociationMSP'],
      ] as const) {
        const fresh = await ledger.identity(`fresh-${role}`, mspId);
        await requireRefusal(
          register(ledger, sampleRegistration('fresh', [role], fresh)),
          'PROPOSAL_REQUIRED',
          new RegExp(role),
        );
      }
    },
  },
  {
    name: 'lets the operator alone neither suspend nor speak for those with power over the rules',
    async run(ledger) {
      await foundNetwork(ledger);
      for (const status of ['suspended', 'left'] as const) {
        await requireRefusal(
          setStatus(ledger, 'operator', 'keyholder-1', status),
          'PROPOSAL_REQUIRED',
        );
      }
      const { fingerprint } = await ledger.identity('insider', 'RegulatorMSP');
      const certificate = { memberId: 'keyholder-1', fingerprint };
      await requireRefusal(
        ledger.submit('operator', 'member', 'addCertificate', certificate),
        'PROPOSAL_REQUIRED',
        /keyholder/,
      );
      await ledger.submit('keyholder-1', 'member', 'addCertificate', certificate);
      const me = memberSchema.parse(await ledger.evaluate('insider', 'member', 'whoami', {}));
      assert.equal(me.memberId, 'keyholder-1');
      await ledger.submit('operator', 'member', 'revokeCertificate', certificate);
      await requireRefusal(
        ledger.evaluate('insider', 'member', 'whoami', {}),
        'CERTIFICATE_REVOKED',
      );
    },
  },
  {
    name: 'refuses another member under a taken id or certificate',
    async run(ledger) {
      await foundNetwork(ledger);
      const identity = await ledger.identity('merchant-1', 'MerchantsMSP');
      const fresh = await ledger.identity('fresh', 'MerchantsMSP');
      await requireRefusal(
        register(ledger, sampleRegistration('merchant-1', ['merchant'], fresh)),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
      );
      await requireRefusal(
        register(ledger, sampleRegistration('merchant-9', ['analyst'], identity)),
        'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
        /certificate/,
      );
    },
  },
  {
    name: 'refuses a role that the MSP may not hold',
    async run(ledger) {
      await foundNetwork(ledger);
      const identity = await ledger.identity('fresh', 'MerchantsMSP');
      await requireRefusal(
        register(ledger, sampleRegistration('fresh', ['keyholder'], identity)),
        'FORBIDDEN',
        /MerchantsMSP.*keyholder/,
      );
      const unknown = await ledger.identity('elsewhere', 'PlatformMSP');
      await requireRefusal(
        register(ledger, sampleRegistration('elsewhere', ['merchant'], unknown)),
        'FORBIDDEN',
      );
    },
  },
  {
    name: 'refuses a box key that would open for everybody',
    async run(ledger) {
      await foundConsortium(ledger);
      const identity = await ledger.identity('fresh', 'MerchantsMSP');
      const registration = sampleRegistration('fresh', ['analyst'], identity);
      await requireRefusal(
        ledger.submit('operator', 'member', 'register', {
          ...registration,
          boxPublicKey: '0'.repeat(64),
        }),
        'INVALID_ARGUMENT',
        /boxPublicKey/,
      );
    },
  },
  {
    name: 'stops a suspended member and lets it back in',
    async run(ledger) {
      await foundNetwork(ledger);
      await setStatus(ledger, 'operator', 'merchant-1', 'suspended');
      await requireRefusal(
        ledger.evaluate('merchant-1', 'member', 'whoami', {}),
        'MEMBER_NOT_ACTIVE',
      );
      await requireRefusal(
        ledger.submit('merchant-1', 'consent', 'grant', sampleConsent(sampleId('c'), ledger.now())),
        'MEMBER_NOT_ACTIVE',
      );
      await setStatus(ledger, 'operator', 'merchant-1', 'active');
      await ledger.evaluate('merchant-1', 'member', 'whoami', {});
    },
  },
  {
    name: 'lets a member leave for ever, but change nobody else',
    async run(ledger) {
      await foundNetwork(ledger);
      await requireRefusal(setStatus(ledger, 'merchant-1', 'merchant-2', 'left'), 'FORBIDDEN');
      await requireRefusal(setStatus(ledger, 'merchant-1', 'merchant-1', 'suspended'), 'FORBIDDEN');
      await setStatus(ledger, 'merchant-1', 'merchant-1', 'left');
      await requireRefusal(setStatus(ledger, 'operator', 'merchant-1', 'active'), 'INVALID_STATE');
    },
  },
  {
    name: 'keeps its last operator',
    async run(ledger) {
      await foundNetwork(ledger);
      await setStatus(ledger, 'operator', 'operator', 'left');
      await requireRefusal(setStatus(ledger, 'treasurer', 'treasurer', 'left'), 'INVALID_STATE');
      const { fingerprint } = await ledger.identity('treasurer', 'AssociationMSP');
      const last = { memberId: 'treasurer', fingerprint };
      await requireRefusal(
        ledger.submit('treasurer', 'member', 'revokeCertificate', last),
        'INVALID_STATE',
      );
    },
  },
  {
    name: 'takes a renewed certificate and refuses the revoked one for ever',
    async run(ledger) {
      await foundNetwork(ledger);
      const old = await ledger.identity('merchant-1', 'MerchantsMSP');
      const renewed = await ledger.identity('merchant-1-renewed', 'MerchantsMSP');
      await requireRefusal(
        changeCertificate(ledger, 'operator', 'addCertificate', renewed.fingerprint),
        'PROPOSAL_REQUIRED',
      );
      await changeCertificate(ledger, 'merchant-1', 'addCertificate', renewed.fingerprint);
      const me = memberSchema.parse(
        await ledger.evaluate('merchant-1-renewed', 'member', 'whoami', {}),
      );
      assert.equal(me.memberId, 'merchant-1');
      await changeCertificate(ledger, 'merchant-1-renewed', 'revokeCertificate', old.fingerprint);
      await requireRefusal(
        ledger.evaluate('merchant-1', 'member', 'whoami', {}),
        'CERTIFICATE_REVOKED',
      );
      await requireRefusal(
        changeCertificate(ledger, 'merchant-1-renewed', 'addCertificate', old.fingerprint),
        'CERTIFICATE_REVOKED',
      );
    },
  },
  {
    name: 'refuses to change the certificates of another member',
    async run(ledger) {
      await foundNetwork(ledger);
      const { fingerprint } = await ledger.identity('merchant-1', 'MerchantsMSP');
      await requireRefusal(
        changeCertificate(ledger, 'merchant-2', 'revokeCertificate', fingerprint),
        'FORBIDDEN',
      );
      await requireRefusal(
        changeCertificate(ledger, 'merchant-2', 'addCertificate', fingerprint),
        'FORBIDDEN',
      );
      const other = await ledger.identity('merchant-2', 'MerchantsMSP');
      await requireRefusal(
        changeCertificate(ledger, 'operator', 'revokeCertificate', other.fingerprint),
        'NOT_FOUND',
      );
    },
  },
];

function register(ledger: TestLedger, registration: object): Promise<unknown> {
  return ledger.submit('operator', 'member', 'register', registration);
}

function setStatus(
  ledger: TestLedger,
  as: string,
  memberId: string,
  status: Member['status'],
): Promise<unknown> {
  return ledger.submit(as, 'member', 'setStatus', { memberId, status });
}

/** Of merchant-1. */
function changeCertificate(
  ledger: TestLedger,
  as: string,
  transaction: 'addCertificate' | 'revokeCertificate',
  fingerprint: string,
): Promise<unknown> {
  return ledger.submit(as, 'member', transaction, { memberId: 'merchant-1', fingerprint });
}
