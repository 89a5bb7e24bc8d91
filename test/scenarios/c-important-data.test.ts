import { queryRecordSchema, productDefinitionSchema, type QueryRecord } from '@veilsum/protocol';
import { expectAuditPasses, runVeilsum, veilsum } from '../e2e/command-line.js';
import { eventually } from '../e2e/network-facts.js';
import { testProduct, type TestNetwork } from '../e2e/test-network.js';
import { adopt, propose, starterRulebook } from './rule-adoption.js';
import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const MERCHANTS = 3;
const LAPSES_WITHIN_MS = 2000;

/** Loans by week: important data by its tag, whatever its publisher says. */
const loans = productDefinitionSchema.parse({
  ...testProduct,
  productId: 'loans',
  budgetGroup: 'loans',
  tags: ['credit'],
});
const question = { productId: loans.productId };

describe('important data', () => {
  let scenario: ScenarioNetwork;
  let network: TestNetwork;
  let root: string;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: MERCHANTS });
    ({ network } = scenario);
    root = network.state.root;
    await network.enrol('bureau', 'RegulatorMSP', 'regulator');
    await adopt(network, 'rulebook', await rulebookWithQuickDesk());
    await adopt(network, 'standard', loans);
    for (let index = 1; index <= MERCHANTS; index += 1) {
      const merchant = `merchant-${index}`;
      const consentId = await network.consent(merchant, { productId: loans.productId });
      await network.contribute(merchant, consentId, { base: BigInt(index), product: loans });
    }
  }, 360_000);
  afterAll(() => scenario.close(), 60_000);

  const show = async (queryId: string) => {
    const { answer } = await veilsum(root, 'query', 'show', queryId, '--as', 'analyst');
    return queryRecordSchema.parse((answer as { record: unknown }).record);
  };
  const decide = (decision: 'approve' | 'stop', { queryId }: QueryRecord, reason: string) =>
    runVeilsum(root, 'query', 'review', decision, queryId, '--reason', reason, '--as', 'bureau');

  test('is not published at all when it is core data', async () => {
    const core = { ...loans, productId: 'secrets', classification: 'core' } as typeof loans;
    expect(await refusalCode(propose(network, 'standard', core))).toBe('CLASSIFICATION_CORE');
    const products = await scenario.ask<{ productId: string }[]>('analyst', 'product:list');
    expect(products.map(({ productId }) => productId)).not.toContain('secrets');
  });

  test('waits for the regulator, who lets one request go on and stops another', async () => {
    const before = await scenario.balance('member:analyst');
    const [first, second] = [await scenario.request(question), await scenario.request(question)];
    expect([first.status, second.status]).toEqual(['reviewing', 'reviewing']);
    expect(await scenario.balance('member:analyst')).toBe(before - 2000n);

    const { stdout: waiting } = await runVeilsum(root, 'query', 'review', 'list', '--as', 'bureau');
    expect(waiting).toContain(first.queryId);
    expect(waiting).toContain(second.queryId);
    const own = await runVeilsum(
      ...([
        root,
        'query',
        'review',
        'approve',
        first.queryId,
        '--reason',
        'Mine.',
        '--as',
        'analyst',
      ] as const),
    );
    expect(own.status).toBe(1);

    expect((await decide('approve', first, 'Weekly totals of three lenders.')).status).toBe(0);
    expect((await decide('stop', second, 'Ask for whole quarters.')).status).toBe(0);

    const { result } = await scenario.receive(first.queryId);
    expect(result.rows.length).toBeGreaterThan(0);
    const stopped = await runVeilsum(root, 'query', 'show', second.queryId, '--as', 'analyst');
    expect(stopped.stdout).toContain(
      'Review by the regulator bureau: stopped. Ask for whole quarters.',
    );
    const refused = await runVeilsum(root, 'query', 'result', second.queryId, '--as', 'analyst');
    expect(refused.status).toBe(1);
    expect(refused.stderr + refused.stdout).toContain('Ask for whole quarters.');
    expect(await show(first.queryId)).toMatchObject({
      status: 'settled',
      resultLevel: 'important',
      review: { points: [{ reviewerId: 'bureau', reason: 'Weekly totals of three lenders.' }] },
    });
    expect(await scenario.balance('member:analyst')).toBe(before - 1000n);
  });

  test('is refunded when nobody reviews it in time', async () => {
    const before = await scenario.balance('member:analyst');
    const { queryId, status } = await scenario.request({
      ...question,
      function: 'count',
      measures: [],
    });
    expect(status).toBe('reviewing');
    const ended = await eventually(async () => {
      const record = await show(queryId);
      return record.status === 'reviewing' ? undefined : record;
    });
    expect(ended).toMatchObject({ status: 'expired', review: { status: 'lapsed' } });
    expect(await scenario.balance('member:analyst')).toBe(before);
  });

  test('leaves a ledger on which an audit finds nothing', async () => {
    await expectAuditPasses(root);
  });
});

/** The starter's rules, with a desk that counts have to pass and that is gone in a moment. */
async function rulebookWithQuickDesk() {
  const { negativeList, reviewPoints } = await starterRulebook();
  return starterRulebook({
    // The association's own review of exact figures is left to its unit tests.
    negativeList: [
      ...negativeList.filter(({ effect }) => effect === 'deny'),
      {
        entryId: 'review-counts',
        match: { functions: ['count'] },
        effect: 'review',
        reviewPointId: 'quick-desk',
        legalBasis: 'Agreed by the members',
        sentence: 'Counts are looked at quickly.',
      },
    ],
    reviewPoints: [
      ...reviewPoints,
      {
        reviewPointId: 'quick-desk',
        title: 'Quick desk',
        role: 'auditor',
        deadlineMs: LAPSES_WITHIN_MS,
      },
    ],
  });
}
