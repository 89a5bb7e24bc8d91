import { TestNetwork } from '../../../test/fakes/committee/test-network.js';

let network: TestNetwork;
beforeEach(async () => {
  network = await TestNetwork.start();
});
afterEach(() => network.stop());

test('three keyholders open what the ledger allowed, and the result is the true sum', async () => {
  const queryId = await network.ask();
  expect(await network.settle(queryId)).toEqual([]);
  expect(network.result(queryId)).toEqual({ values: network.trueSums(), cheaters: [] });
});
