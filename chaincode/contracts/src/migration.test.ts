import { migrationListSchema } from '@veilsum/protocol';
import { z } from 'zod';
import { createContracts } from './contract-set.js';
import { LedgerContract } from './ledger-contract.js';
import { members, migrationRecords, ruleRevisions } from './ledger-objects.js';
import { listMigrations, migrateOnce, migrations, type Migration } from './migration.js';
import { representatives } from './proposal-objects.js';
import {
  MemoryLedger,
  adopt,
  dealSampleKey,
  foundConsortium,
  foundNetwork,
  grantConsent,
  keyRegistration,
  requireRefusal,
  sampleProduct,
  sampleProposal,
  sampleRegistration,
} from './testing/index.js';
import type { TransactionContext } from './transaction-stub.js';

/** Ten members, five a step: the shape of a migration that goes through many objects. */
const stepwise: readonly Migration[] = [
  {
    migrationId: 'test-pages',
    title: 'Walks through all members.',
    async step({ state }, cursor) {
      const all = (await state.list(members)).map(({ memberId }) => memberId);
      return all.filter((memberId) => cursor === undefined || memberId > cursor)[4];
    },
  },
  {
    migrationId: 'test-after',
    title: 'Comes after it.',
    step: () => Promise.resolve(undefined),
  },
];

/** Brings the state into the form that a release before the first migration left. */
class EarlierRelease extends LedgerContract {
  constructor() {
    super('earlier', {});
  }

  forget(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: z.strictObject({}) };
    return this.transact(context, argument, rule, async ({ state }) => {
      await state.delete(ruleRevisions);
      for (const { parts } of await state.entries(representatives)) {
        await state.delete(representatives, ...parts);
      }
      for (const { migrationId } of migrations) await state.delete(migrationRecords, migrationId);
      return null;
    });
  }

  walk(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: z.strictObject({}) };
    return this.transact(context, argument, rule, (call) => migrateOnce(call, stepwise));
  }

  steps(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: z.strictObject({}) };
    return this.transact(context, argument, rule, (call) => listMigrations(call, stepwise));
  }
}

describe('a consortium that an earlier release founded', () => {
  let ledger: MemoryLedger;

  beforeEach(async () => {
    ledger = new MemoryLedger([...createContracts(), new EarlierRelease()]);
    await foundNetwork(ledger);
    await ledger.submit('operator', 'product', 'publish', sampleProduct());
    await ledger.submit('operator', 'earlier', 'forget', {});
  });

  it('works on, but refuses to change the rules', async () => {
    await grantConsent(ledger, 'merchant-1');
    const merchant = await ledger.identity('merchant-4', 'MerchantsMSP');
    await ledger.submit(
      'operator',
      'member',
      'register',
      sampleRegistration('merchant-4', ['merchant'], merchant),
    );
    const auditor = await ledger.identity('auditor-2', 'AssociationMSP');
    const suspension = { memberId: 'keyholder-1', status: 'suspended' };
    const changes: [string, string, object][] = [
      ['product', 'publish', sampleProduct({ version: 2 })],
      ['committee', 'registerKey', keyRegistration(await dealSampleKey())],
      ['member', 'setStatus', suspension],
      ['member', 'register', sampleRegistration('auditor-2', ['auditor'], auditor)],
      ['proposal', 'submit', sampleProposal(ledger, 'standard', sampleProduct({ version: 2 }))],
    ];
    for (const [contract, transaction, argument] of changes) {
      await requireRefusal(
        ledger.submit('operator', contract, transaction, argument),
        'MIGRATION_PENDING',
        /migrate/,
      );
    }
  });

  it('gets its revision and its representatives, whatever it is founded again with', async () => {
    await foundConsortium(ledger);
    const ids = ['0001-rule-revision', '0002-representatives'] as const;
    const statuses = async () => {
      const list = await ledger.evaluate('analyst', 'consortium', 'migrations', {});
      return migrationListSchema.parse(list).map((one) => [one.migrationId, one.status]);
    };
    expect(await statuses()).toEqual(ids.map((migrationId) => [migrationId, 'pending']));
    const migrate = () => ledger.submit('operator', 'consortium', 'migrate', {});
    expect(await migrate()).toEqual({ migrationId: ids[0], pending: [ids[1]] });
    expect(await migrate()).toEqual({ migrationId: ids[1], pending: [] });
    expect(await statuses()).toEqual(ids.map((migrationId) => [migrationId, 'done']));
    const { approvals } = await adopt(ledger, 'standard', sampleProduct({ version: 2 }));
    expect(approvals.map(({ mspId }) => mspId)).toEqual(['AssociationMSP', 'RegulatorMSP']);
  });

  it('runs each step once when two operators migrate at once', async () => {
    const first = await ledger.propose('operator', 'consortium', 'migrate', {});
    const second = await ledger.propose('treasurer', 'consortium', 'migrate', {});
    ledger.commit(first);
    expect(() => {
      ledger.commit(second);
    }).toThrow(/MVCC_CONFLICT|changed/);
  });

  it('goes through many objects in bounded steps, in order', async () => {
    const walk = () => ledger.submit('operator', 'earlier', 'walk', {});
    expect(await walk()).toEqual({
      migrationId: 'test-pages',
      pending: ['test-pages', 'test-after'],
    });
    expect(await ledger.evaluate('operator', 'earlier', 'steps', {})).toMatchObject([
      { status: 'underway' },
      { status: 'pending' },
    ]);
    await walk();
    expect(await walk()).toEqual({ migrationId: 'test-pages', pending: ['test-after'] });
    expect(await walk()).toEqual({ migrationId: 'test-after', pending: [] });
    expect(await walk()).toEqual({ migrationId: null, pending: [] });
  });
});

describe('changes of the rules', () => {
  it('do not let ordinary members conflict, and conflict with each other', async () => {
    const ledger = new MemoryLedger();
    await foundConsortium(ledger);
    const propose = async (memberId: string, role: 'merchant' | 'keyholder', mspId: string) => {
      const identity = await ledger.identity(memberId, mspId);
      const registration = sampleRegistration(memberId, [role], identity);
      return ledger.propose('operator', 'member', 'register', registration);
    };
    const merchants = await Promise.all(
      ['m-1', 'm-2', 'm-3'].map((memberId) => propose(memberId, 'merchant', 'MerchantsMSP')),
    );
    const first = await propose('k-1', 'keyholder', 'RegulatorMSP');
    const second = await propose('k-2', 'keyholder', 'RegulatorMSP');
    for (const proposal of [...merchants, first]) ledger.commit(proposal);
    expect(() => {
      ledger.commit(second);
    }).toThrow(/changed/);
  });
});
