import { consortiumSchema, memberSchema, type Role } from '@veilsum/protocol';
import assert from 'node:assert/strict';
import { foundConsortium, foundNetwork } from './sample-network.js';
import { sampleConsortium, sampleRegistration } from './sample-objects.js';
import { requireRefusal, type ContractCase } from './test-ledger.js';

/** Founding, and who may call at all. */
export const consortiumCases: ContractCase[] = [
  {
    name: 'founds a consortium whose first member is its operator',
    async run(ledger) {
      await foundConsortium(ledger);
      const read = await ledger.evaluate('operator', 'consortium', 'read', {});
      assert.deepEqual(consortiumSchema.parse(read), sampleConsortium());
      const operator = memberSchema.parse(
        await ledger.evaluate('operator', 'member', 'whoami', {}),
      );
      assert.deepEqual([operator.memberId, operator.status], ['operator', 'active']);
    },
  },
  {
    name: 'answers the same founding again and refuses another',
    async run(ledger) {
      await foundConsortium(ledger);
      await foundConsortium(ledger);
      await requireRefusal(
        foundConsortium(ledger, sampleConsortium({ name: 'Another' })),
        'ALREADY_INITIALISED',
      );
    },
  },
  {
    name: 'refuses a founder who registers someone else as operator',
    async run(ledger) {
      await ledger.identity('operator', 'AssociationMSP');
      const other = await ledger.identity('other', 'AssociationMSP');
      const operator = sampleRegistration('operator', ['operator'], other);
      const members = [operator];
      const founding = { consortium: sampleConsortium(), operator, members };
      await requireRefusal(
        ledger.submit('operator', 'consortium', 'initialize', founding),
        'INVALID_ARGUMENT',
        /operator/,
      );
    },
  },
  {
    name: 'refuses a founding by one organisation, whose rules nobody could ever change',
    async run(ledger) {
      const identity = await ledger.identity('operator', 'AssociationMSP');
      const operator = sampleRegistration('operator', ['operator'], identity);
      const found = async (role: Role, mspId: string) => {
        const second = sampleRegistration('second', [role], await ledger.identity('second', mspId));
        const founding = { consortium: sampleConsortium(), operator, members: [second] };
        await ledger.submit('operator', 'consortium', 'initialize', founding);
      };
      await requireRefusal(found('auditor', 'AssociationMSP'), 'APPROVERS_MISSING');
      const founding = { consortium: sampleConsortium(), operator, members: [operator] };
      await requireRefusal(
        ledger.submit('operator', 'consortium', 'initialize', founding),
        'INVALID_ARGUMENT',
        /twice/,
      );
    },
  },
  {
    name: 'refuses a split that does not add up to the whole',
    async run(ledger) {
      const split = { ...sampleConsortium().split, operatorBps: 1001 };
      await requireRefusal(
        foundConsortium(ledger, sampleConsortium({ split })),
        'INVALID_ARGUMENT',
        /split/,
      );
    },
  },
  {
    name: 'answers nobody before it is founded, and no stranger afterwards',
    async run(ledger) {
      await ledger.identity('operator', 'AssociationMSP');
      await requireRefusal(ledger.evaluate('operator', 'member', 'list', {}), 'NOT_INITIALISED');
      await foundConsortium(ledger);
      await ledger.identity('stranger', 'MerchantsMSP');
      await requireRefusal(ledger.evaluate('stranger', 'member', 'list', {}), 'UNAUTHENTICATED');
    },
  },
  {
    name: 'names the field that is unknown or wrong, and the transaction that does not exist',
    async run(ledger) {
      await foundNetwork(ledger);
      const read = (argument: object) => ledger.evaluate('analyst', 'member', 'read', argument);
      await requireRefusal(read({ memberId: 'analyst', extra: 1 }), 'INVALID_ARGUMENT', /extra/);
      await requireRefusal(read({ memberId: 7 }), 'INVALID_ARGUMENT', /memberId/);
      await requireRefusal(read({ memberId: 'nobody' }), 'NOT_FOUND', /nobody/);
      await requireRefusal(
        ledger.evaluate('analyst', 'member', 'constructor', {}),
        'UNKNOWN_TRANSACTION',
      );
      await requireRefusal(
        ledger.evaluate('analyst', 'member', 'transact', {}),
        'UNKNOWN_TRANSACTION',
      );
      await requireRefusal(
        ledger.evaluate('analyst', 'nothing', 'read', {}),
        'UNKNOWN_TRANSACTION',
      );
    },
  },
  {
    name: 'refuses the caller before it looks at the argument',
    async run(ledger) {
      await foundNetwork(ledger);
      await requireRefusal(
        ledger.submit('analyst', 'member', 'register', { nonsense: 1 }),
        'FORBIDDEN',
      );
      await requireRefusal(
        ledger.submit('merchant-1', 'consortium', 'migrate', { nonsense: 1 }),
        'FORBIDDEN',
        /operator/,
      );
    },
  },
];
