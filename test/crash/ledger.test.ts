import { surviveCrashes } from '../fakes/ledger/crash-rounds.js';

test('the ledger survives fifty kills under load', async () => {
  const report = await surviveCrashes(50);
  console.log(JSON.stringify(report));
  expect(report.acknowledged).toBeGreaterThan(report.rounds);
}, 900_000);
