import {
  createContracts,
  invokeTransaction,
  migrationRecords,
  representatives,
  ruleRevisions,
  WorldState,
} from '@veilsum/contracts';
import { bringUp } from '@veilsum/client';
import type { TransactionRunner } from '@veilsum/chaincode-server';
import { askLedger } from '@veilsum/ledger';
import { listProcesses, startProcess } from '@veilsum/local-network';
import { memberSchema, type ProductId } from '@veilsum/protocol';
import { z } from 'zod';

import { refusal, veilsum } from '../e2e/command-line.js';
import { TestNetwork, testProduct } from '../e2e/test-network.js';
import { describeOnFabric } from './fabric-network.js';
import { serveInPlace } from './suite-chaincode.js';

const MIGRATIONS = ['0001-rule-revision', '0002-representatives'];
const KEYHOLDER = 'keyholder-3';

const contracts = createContracts({ clock: Date.now, founderMspId: 'AssociationMSP' });

/** The contracts, and one call that leaves what a release before the first migration would have left. */
const forgetful: TransactionRunner = async (context, invocation) => {
  if (invocation.contract !== 'test') return invokeTransaction(contracts, context, invocation);
  const state = new WorldState(context.stub);
  for (const { migrationId } of await state.list(migrationRecords))
    await state.delete(migrationRecords, migrationId);
  await state.delete(ruleRevisions);
  for (const { parts } of await state.entries(representatives))
    await state.delete(representatives, ...parts);
  return '{}';
};

/** The contracts of a release that had no migrations. */
const older: TransactionRunner = (context, invocation) => {
  const isLater = ['migrations', 'migrate'].includes(invocation.transaction);
  const transaction = isLater ? 'absent' : invocation.transaction;
  return invokeTransaction(contracts, context, { ...invocation, transaction });
};

describeOnFabric('an upgrade of a Fabric network', () => {
  let network: TestNetwork;

  beforeAll(async () => {
    network = await TestNetwork.start({ merchants: 1, ledger: 'fabric' });
  }, 300_000);

  afterAll(async () => {
    await network.close();
  }, 60_000);

  const operator = (...words: string[]) =>
    veilsum(network.state.root, ...words, '--as', 'operator');
  const publish = (productId: string) =>
    network.publish({ ...testProduct, productId: productId as ProductId });
  const members = () =>
    askLedger(network.operator.ledger, 'member:list', {}, z.array(memberSchema));
  const servers = async () =>
    (await listProcesses(network.state.fabric)).filter(({ kind }) => kind === 'chaincode');

  /** Does something while other contracts are in the place of ours. */
  async function under<Result>(
    run: TransactionRunner,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { fabric } = network.state;
    const names = (await servers()).map(({ name }) => name);
    const served = await serveInPlace(fabric, run);
    try {
      return await work();
    } finally {
      await Promise.all([...served.values()].map((server) => server.close()));
      await Promise.all(names.map((name) => startProcess(fabric, name)));
    }
  }

  /** Brings the data into the form that an earlier release left. */
  async function forget(): Promise<void> {
    const call = { contract: 'test', transaction: 'forget', argument: {} };
    await under(forgetful, () => network.operator.ledger.submit(call));
    await expect(publish('too-early')).rejects.toMatchObject({ code: 'MIGRATION_PENDING' });
  }

  test('is for the operator, who is told before anything begins', async () => {
    const words = ['ledger', 'upgrade', '--as', 'auditor'];
    expect(await veilsum(network.state.root, ...words)).toEqual(refusal('FORBIDDEN'));
    expect((await servers()).every(({ name }) => name.endsWith('-blue'))).toBe(true);
  });

  /** Lets `veilsum up` start what does not run. @returns what it said */
  async function up(): Promise<string[]> {
    const said: string[] = [];
    const again = await bringUp(network.state, network.plan, {
      attached: false,
      say: (line) => {
        said.push(line);
      },
    });
    await again.operator.close();
    await again.services.find(({ name }) => name === KEYHOLDER)?.stop();
    return said;
  }

  test('veilsum up runs what is pending and says so', async () => {
    await forget();
    await network.stopService(KEYHOLDER);
    const said = await up();
    expect(said).toContain(`Data brought into the form of this release: ${MIGRATIONS.join(', ')}.`);
    await publish('after-up');
  });

  test('contracts older than migrations say that they know none', async () => {
    const migrate = () => operator('ledger', 'migrate');
    expect(await under(older, migrate)).toEqual(refusal('UNKNOWN_TRANSACTION'));
  });

  test('ledger upgrade renews the contracts, keeps the state and runs what is pending', async () => {
    await forget();
    const before = await members();
    const { status, answer } = await operator('ledger', 'upgrade');
    const migrations = MIGRATIONS.map(
      (migrationId) => expect.objectContaining({ migrationId, steps: 1 }) as unknown,
    );
    expect([status, answer]).toEqual([0, { migrations }]);
    expect((await servers()).every(({ name }) => name.endsWith('-green'))).toBe(true);
    expect(await members()).toEqual(before);
    await publish('after-upgrade');
  });

  test('ledger migrate finds nothing left, however often, and takes no stranger', async () => {
    const height = await network.operator.ledger.height();
    expect(await operator('ledger', 'migrate')).toEqual({ status: 0, answer: { migrations: [] } });
    expect(await network.operator.ledger.height()).toBe(height);
    const words = ['ledger', 'migrate', '--as', 'stranger'];
    expect((await veilsum(network.state.root, ...words)).status).toBe(1);
  });

  test('the audit tells apart what only contracts of an earlier definition have done', async () => {
    const { status, answer } = await veilsum(network.state.root, 'audit', '--as', 'auditor');
    const { checks } = answer as {
      checks: { check: string; passed: boolean; findings: { sentence: string }[] }[];
    };
    const failed = checks.filter(({ passed }) => !passed);
    expect([status, failed.map(({ check }) => check)]).toEqual([1, ['earlier executions']]);
    const [forgotten] = failed.flatMap(({ findings }) => findings);
    expect(forgotten?.sentence).toMatch(/ran under definition 1 of the contracts.* has 2 now/);
  });
});
