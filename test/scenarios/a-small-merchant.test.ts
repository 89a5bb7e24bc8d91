import { refusalCode, ScenarioNetwork } from './scenario-network.js';

const MERCHANTS = 3;

describe('a small merchant and the money of a query', () => {
  let scenario: ScenarioNetwork;

  beforeAll(async () => {
    scenario = await ScenarioNetwork.start({ merchants: MERCHANTS });
    await scenario.network.contributeAll(MERCHANTS);
  }, 360_000);
  afterAll(() => scenario.close(), 60_000);

  test('earns its part of the price once the analyst has the result', async () => {
    const before = await scenario.balance('member:merchant-1');
    const { queryId } = await scenario.request();
    await scenario.receive(queryId);
    expect((await scenario.balance('member:merchant-1')) - before).toBeGreaterThan(0n);
    expect(await scenario.balance(`escrow:${queryId}`)).toBe(0n);
  });

  test('cannot settle what it did not ask', async () => {
    const { queryId } = await scenario.request();
    const code = await refusalCode(scenario.tell('merchant-1', 'query:settle', { queryId }));
    expect(code).toBe('INVALID_STATE');
    await scenario.receive(queryId);
  });
});
