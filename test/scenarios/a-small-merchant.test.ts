import type { RewardScheme } from '@veilsum/protocol';
import { expectAuditPasses, veilsum } from '../e2e/command-line.js';
import { testProduct } from '../e2e/test-network.js';
import { ScenarioNetwork } from './scenario-network.js';

const MERCHANTS = 3;

/** Of a price of 10,000 a small payer pays 9,700; small contributors get up to 100 more. */
const scheme = (effectiveFrom: number): RewardScheme => ({
  format: 'veilsum-reward-scheme/1',
  version: 1,
  effectiveFrom,
  split: { contributorsBps: 6500, keyholdersBps: 2000, operatorBps: 1500, subsidyFundBps: 0 },
  smallMembers: { priceBps: 8500, priceSupportMax: '300', topUpBps: 1000, topUpMax: '100' },
  costCompensationBps: 0,
  freshness: [],
  quality: { base: 1, declaredCoverage: 0, agreedOpening: 0 },
});

describe('a small merchant and the subsidy fund', () => {
  let scenario: ScenarioNetwork;

  beforeAll(async () => {
    const product = { ...testProduct, price: '10000' };
    scenario = await ScenarioNetwork.start({ merchants: MERCHANTS, product });
    await scenario.network.enrol('corner-shop', 'PlatformMSP', 'analyst');
    await scenario.network.deposit('corner-shop', '100000');
    await scenario.network.contributeAll(MERCHANTS);
  }, 360_000);
  afterAll(() => scenario.close(), 60_000);

  /** Asks, receives and pays. @returns what it cost the one who asked, and merchant-1's earnings */
  async function queryBy(memberId: string) {
    const own = await scenario.balance(`member:${memberId}`);
    const earned = await scenario.balance('member:merchant-1');
    const { queryId } = await scenario.request({}, memberId);
    const paid = own - (await scenario.balance(`member:${memberId}`));
    await scenario.receive(queryId, memberId);
    return { queryId, paid, earned: (await scenario.balance('member:merchant-1')) - earned };
  }

  /** What `veilsum account statement` tells a member about a query. */
  async function explainedTo(memberId: string, queryId: string) {
    const words = ['account', 'statement', '--explain', '--query', queryId, '--as', memberId];
    const { answer } = await veilsum(scenario.network.state.root, ...words);
    const [view] = (answer as { queries: Record<string, string>[] }).queries;
    return view;
  }

  test('pays less and earns more while the fund lasts, then neither, and is told why', async () => {
    // By the split of the founding, a twentieth of this price goes into the fund.
    const filling = await queryBy('analyst');
    expect(filling.paid).toBe(10_000n);
    expect(await scenario.balance('fund:subsidy')).toBe(500n);
    expect(await explainedTo('merchant-1', filling.queryId)).toMatchObject({
      yourTopUp: '0',
      support: expect.stringMatching(/^No top-up: .* where a reward scheme says so/) as unknown,
    });
    await scenario.network.adopt({
      kind: 'rewardScheme',
      content: scheme(Date.now()),
      reason: 'Small members shall take part.',
    });

    const helped = await queryBy('corner-shop');
    expect(helped.paid).toBe(9700n);
    // The fund has 200 left for three top-ups of 100.
    expect(await explainedTo('corner-shop', helped.queryId)).toMatchObject({
      price: '10000',
      youPaid: '9700',
      support: 'The subsidy fund adds 300 to the price of 10000; 9700 are yours.',
    });
    const topUp = await explainedTo('merchant-1', helped.queryId);
    expect(topUp).toMatchObject({
      yourTopUp: '67',
      support: 'Top-up 67: the subsidy fund held less than all top-ups, so it was divided.',
    });
    expect(helped.earned).toBe(BigInt(topUp?.['yourPart'] ?? '0') + 67n);
    expect(await scenario.balance('fund:subsidy')).toBe(0n);

    const alone = await queryBy('corner-shop');
    expect(alone.paid).toBe(10_000n);
    expect(await explainedTo('corner-shop', alone.queryId)).toMatchObject({
      youPaid: '10000',
      support: 'The subsidy fund is empty, so the whole price of 10000 is yours.',
    });
    const none = await explainedTo('merchant-1', alone.queryId);
    expect(none).toMatchObject({
      yourTopUp: '0',
      support: 'Top-up 0: the subsidy fund was empty.',
    });
    expect(alone.earned).toBe(BigInt(none?.['yourPart'] ?? '0'));
  }, 240_000);

  test('leaves books that an auditor agrees with', async () => {
    await expectAuditPasses(scenario.network.state.root);
  }, 120_000);
});
