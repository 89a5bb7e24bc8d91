import { migrationListSchema, type Proposal } from '@veilsum/protocol';
import { z } from 'zod';
import { createContracts } from './contract-set.js';
import { LedgerContract } from './ledger-contract.js';
import { members, migrationRecords, ruleRevisions } from './ledger-objects.js';
import { listMigrations, migrateOnce, migrations, type Migration } from './migration.js';
import { representatives } from './proposal-objects.js';
import {
  MemoryLedger,
  adopt,
  foundConsortium,
  foundNetwork,
  grantConsent,
  letIn,
  propose,
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
    await adopt(ledger, 'standard', sampleProduct());
    await ledger.submit('operator', 'earlier', 'forget', {});
  });

  it('works on, but refuses to change the rules', async () => {
    await grantConsent(ledger, 'merchant-1');
    await letIn(ledger, { name: 'analyst-2', mspId: 'MerchantsMSP', roles: ['analyst'] });
    const proposal = sampleProposal(ledger, 'standard', sampleProduct({ version: 2 }));
    const leaving = { memberId: 'auditor', status: 'left' };
    const changes: [string, string, string, object][] = [
      ['operator', 'proposal', 'submit', proposal],
      ['auditor', 'member', 'setStatus', leaving],
    ];
    for (const [as, contract, transaction, argument] of changes) {
      await requireRefusal(
        ledger.submit(as, contract, transaction, argument),
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
    const proposed = async (memberId: string, role: 'merchant' | 'keyholder', mspId: string) => {
      const identity = await ledger.identity(memberId, mspId);
      const registrations = [sampleRegistration(memberId, [role], identity)];
      return propose(ledger, 'member', { registrations });
    };
    const lastApproval = ({ proposalId, contentHash }: Proposal) =>
      ledger.propose('keyholder-1', 'proposal', 'approve', { proposalId, contentHash });
    const merchants: Proposal[] = [];
    for (const name of ['m-1', 'm-2', 'm-3']) {
      merchants.push(await proposed(name, 'merchant', 'MerchantsMSP'));
    }
    const powerful = [
      await proposed('k-1', 'keyholder', 'RegulatorMSP'),
      await proposed('k-2', 'keyholder', 'RegulatorMSP'),
    ];
    const crowd = await Promise.all(merchants.map(lastApproval));
    const [first, second] = await Promise.all(powerful.map(lastApproval));
    for (const approval of [...crowd, first]) if (approval !== undefined) ledger.commit(approval);
    expect(() => {
      if (second !== undefined) ledger.commit(second);
    }).toThrow(/changed/);
  });
});
