import { waitForHeight } from './ledger-height.js';

/** A view that has one more block each time it is asked. */
const growing = (height = 0) => ({ height: () => Promise.resolve((height += 1)) });

describe('waiting for blocks that were seen elsewhere', () => {
  it('ends as soon as they are there', async () => {
    await expect(waitForHeight(growing(), 3)).resolves.toBeUndefined();
    await expect(waitForHeight(growing(9), 3, 0)).resolves.toBeUndefined();
  });

  it.each([
    ['does not grow', { height: () => Promise.resolve(2) }],
    ['does not answer', { height: () => new Promise<number>(() => undefined) }],
  ])('ends in time with a view that %s', async (_what, view) => {
    await expect(waitForHeight(view, 3, 120)).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      transient: true,
      message: expect.stringContaining('3 blocks') as string,
    });
  });
});
