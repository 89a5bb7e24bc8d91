import { MemoryLedger, contractSuite } from './testing/index.js';

describe('contracts on a ledger in memory', () => {
  const cases = contractSuite(() => Promise.resolve(new MemoryLedger()));
  it.each(cases.map(({ name, run }) => ({ name, run })))('$name', async ({ run }) => {
    await run();
  });
});
