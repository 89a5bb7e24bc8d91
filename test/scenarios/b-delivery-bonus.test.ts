import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agreementSchema, productDefinitionSchema, type Agreement } from '@veilsum/protocol';
import { expectAuditPasses, veilsum } from '../e2e/command-line.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const CARRIERS = ['swift', 'harbour', 'alpine'];
const PARCELS = 40;

/** Deliveries out of stock that was placed ahead of the season, and all others. */
const product = productDefinitionSchema.parse({
  format: 'veilsum-product/1',
  productId: 'on-time-deliveries',
  version: 1,
  title: 'Deliveries on time',
  description: 'Parcels delivered, and delivered on time, by where their stock was.',
  contributorRoles: ['logistics'],
  dimensions: [{ name: 'stock', values: ['placed-ahead', 'central'] }],
  lanes: { name: 'month', count: 3, unit: 'month', first: 1 },
  measures: [
    { name: 'parcels', unit: 'parcel', lower: '0', upper: '5' },
    { name: 'onTime', unit: 'parcel', lower: '0', upper: '5' },
  ],
  planes: [
    { name: 'parcels', measure: 'parcels', statistic: 'sum', span: 'epoch', valueBits: 32 },
    { name: 'on-time', measure: 'onTime', statistic: 'sum', span: 'epoch', valueBits: 32 },
  ],
  privacyUnit: { name: 'receiver', maxCellsPerUnit: 2 },
  maxContributors: 8,
  maskBits: 40,
  functions: ['sum', 'ratio'],
  purposes: ['ServiceOptimisation'],
  classification: 'general',
  tags: ['logistics'],
  minCohort: 3,
  differencing: 'unit',
  price: '1000',
  epochs: { calendar: 'quarter', graceDays: 0 },
  budgetGroup: 'deliveries',
  epsilonPerEpochMicro: 5_000_000,
  mappingHints: {},
});

const mapping = `format: veilsum-mapping/1
dimensions:
  stock: stock
lane: month
unit: receiver
measures:
  parcels: 1
  onTime: on_time
`;

/** One line a parcel; of those placed ahead every `lateEvery`-th was late. */
function deliveries(carrier: string, lateEvery: number): string {
  const lines = Array.from({ length: PARCELS }, (_unused, index) => {
    const month = 1 + (index % 3);
    const late = (index + 1) % lateEvery === 0;
    return [
      `placed-ahead,${month},${carrier}-${index},${late ? 0 : 1}`,
      `central,${month},${carrier}-c-${index},${index % 2}`,
    ].join('\n');
  });
  return `stock,month,receiver,on_time\n${lines.join('\n')}\n`;
}

describe('a bonus for deliveries on time', () => {
  let scenario: ScenarioNetwork;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-deliveries-'));
    await writeFile(join(folder, 'mapping.yaml'), mapping);
    scenario = await ScenarioNetwork.start({ merchants: 0, product });
    for (const carrier of CARRIERS) {
      await scenario.network.enrol(carrier, 'MerchantsMSP', 'logistics');
      await command(
        ...['consent', 'grant', '--as', carrier, '--product', 'on-time-deliveries@1'],
        ...['--purpose', 'ServiceOptimisation', '--function', 'ratio,sum', '--min-cohort', '3'],
        ...['--release', 'exact', '--until', '2099-12-31', '--publication'],
      );
    }
  }, 360_000);
  afterAll(async () => {
    await scenario.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  /** Runs `veilsum`; it has to succeed. @returns what it printed */
  async function command(...words: string[]): Promise<unknown> {
    const { status, answer } = await veilsum(scenario.network.state.root, ...words);
    if (status !== 0) throw new Error(`veilsum ${words.join(' ')}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Every carrier contributes a file of the epoch. */
  async function contribute(epoch: string, lateEvery: number): Promise<void> {
    for (const carrier of CARRIERS) {
      const file = join(folder, `${carrier}-${epoch}.csv`);
      await writeFile(file, deliveries(carrier, lateEvery));
      await command(
        ...['contribute', '--as', carrier, '--product', 'on-time-deliveries@1'],
        ...['--epoch', epoch, '--file', file, '--mapping', join(folder, 'mapping.yaml')],
      );
    }
  }

  /** The market promises swift 200 for every whole percent above 90 % on time, 900 at most. */
  async function agree(epoch: string): Promise<Agreement> {
    const file = join(folder, `agreement-${epoch}.yaml`);
    const statistic = `{ productId: on-time-deliveries, productVersion: 1, epoch: ${epoch}, function: ratio, measures: [onTime, parcels], group: { stock: placed-ahead }, release: exact }`;
    await writeFile(
      file,
      `format: veilsum-agreement/1
payerId: analyst
payeeId: swift
statistic: ${statistic}
baseline: 0.9
direction: at-least
bonus: { kind: per-step, step: 0.01, amount: '200' }
cap: '900'
until: '2099-12-31'
`,
    );
    const proposed = agreementSchema.parse(
      await command('agreement', 'propose', file, '--as', 'analyst'),
    );
    return agreementSchema.parse(
      await command('agreement', 'accept', proposed.agreementId, '--as', 'swift', '--yes'),
    );
  }

  async function askOnTime(epoch: string, goal: readonly string[] = []): Promise<string> {
    const words = ['--product', 'on-time-deliveries@1', '--epoch', epoch, '--by', 'stock'];
    const result = await command(
      ...['query', 'run', '--as', 'analyst', '--exact', '--max-price', '100000', ...words, ...goal],
      ...['--function', 'ratio', '--measure', 'onTime,parcels', '--purpose', 'ServiceOptimisation'],
    );
    return (result as { queryId: string }).queryId;
  }

  const readAgreement = async ({ agreementId }: Agreement) =>
    agreementSchema.parse(await scenario.ask('auditor', 'agreement:read', { agreementId }));

  test('is paid when the published statistic is above its baseline', async () => {
    await contribute('2026-Q1', 20);
    const agreement = await agree('2026-Q1');
    const reserve = `reserve:${agreement.agreementId}`;
    expect(await scenario.balance(reserve)).toBe(900n);
    const goalFile = join(folder, 'goal.yaml');
    await writeFile(
      goalFile,
      `format: veilsum-goal/1
title: Deliveries on time
scenario: Stock is placed ahead of the season.
statistic: { productId: on-time-deliveries, productVersion: 1, epoch: 2026-Q1, function: ratio, measures: [onTime, parcels], group: { stock: placed-ahead }, release: exact }
baseline: 0.5
target: 1
deadline: '2099-12-31'
`,
    );
    const goal = (await command('goal', 'set', goalFile, '--as', 'analyst')) as { goalId: string };
    const queryId = await askOnTime('2026-Q1', ['--goal', goal.goalId]);

    // The result is the analyst's alone so far, and the payer cannot take its money back.
    expect(await readAgreement(agreement)).toMatchObject({ status: 'active' });
    const { agreementId } = agreement;
    const cancel = scenario.tell('analyst', 'agreement:cancel', { agreementId });
    expect(await refusalCode(cancel)).toBe('INVALID_STATE');
    const early = scenario.tell('swift', 'agreement:settle', { agreementId });
    expect(await refusalCode(early)).toBe('DEADLINE_NOT_REACHED');

    const before = await scenario.balance('member:swift');
    await command('query', 'publish', queryId, '--as', 'analyst', '--yes');
    // 38 of 40 on time is 95 %: five steps of 200, cut off at the cap.
    expect((await scenario.balance('member:swift')) - before).toBe(900n);
    expect(await scenario.balance(reserve)).toBe(0n);
    expect(await readAgreement(agreement)).toMatchObject({
      status: 'paid',
      outcome: { queryId, value: { numerator: '19', denominator: '20' }, bonus: '900' },
    });
    const published = await command('query', 'published', queryId, '--as', 'auditor');
    expect(published).toMatchObject([
      {
        key: { stock: 'placed-ahead' },
        planes: [{ values: ['120'] }, { values: ['114'] }],
      },
      { key: { stock: 'central' }, planes: [{ values: ['120'] }, { values: ['60'] }] },
    ]);
    expect(await command('goal', 'report', '--as', 'auditor')).toMatchObject([
      {
        goal: { title: 'Deliveries on time' },
        asked: 1,
        state: 'missed',
        outcomes: [{ attainmentBps: '9000', met: false, inTime: true }],
      },
    ]);
  }, 240_000);

  test('is not paid when the published statistic misses it, and the payer has its money back', async () => {
    await contribute('2026-Q2', 8);
    const payer = await scenario.balance('member:analyst');
    const agreement = await agree('2026-Q2');
    const queryId = await askOnTime('2026-Q2');
    const before = await scenario.balance('member:swift');
    await command('query', 'publish', queryId, '--as', 'analyst', '--yes');
    expect(await scenario.balance('member:swift')).toBe(before);
    expect(payer - (await scenario.balance('member:analyst'))).toBe(1000n);
    expect(await readAgreement(agreement)).toMatchObject({
      status: 'missed',
      outcome: { value: { numerator: '7', denominator: '8' }, bonus: '0' },
    });
  }, 240_000);

  test('leaves books that an auditor agrees with', async () => {
    await expectAuditPasses(scenario.network.state.root);
  }, 120_000);
});
