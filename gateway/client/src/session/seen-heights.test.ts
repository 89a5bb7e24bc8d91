import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '@veilsum/ledger';
import { SeenHeights, shareHeights } from './seen-heights.js';
import { StateFolder } from './state-folder.js';

const CHANNEL = 'a'.repeat(64);
const request = { contract: 'member', transaction: 'register', argument: {} };

describe('what the members of a machine have seen of the ledger', () => {
  let state: StateFolder;

  beforeEach(async () => {
    state = new StateFolder(await mkdtemp(join(tmpdir(), 'veilsum-heights-')));
  });

  afterEach(async () => {
    await rm(state.root, { recursive: true });
  });

  /** A ledger whose next commit is in the given block. */
  const committingIn = (blockNumber: number) =>
    ({
      submit: () => Promise.resolve({ transactionId: 't', blockNumber, result: null }),
    }) as unknown as Ledger;

  it('is the most that any of them has', async () => {
    const heights = new SeenHeights(state, CHANNEL);
    expect(await heights.read()).toBe(0);
    await shareHeights(committingIn(11), heights, 'operator').submit(request);
    await heights.of('merchant')(7);
    expect(await new SeenHeights(state, CHANNEL).read()).toBe(12);
  });

  it('counts for one channel only, and no broken file stands in the way', async () => {
    const heights = new SeenHeights(state, CHANNEL);
    await heights.of('operator')(5);
    await writeFile(join(state.seenHeights, 'merchant.json'), '{');
    expect(await heights.read()).toBe(5);
    expect(await new SeenHeights(state, 'b'.repeat(64)).read()).toBe(0);
  });

  it('does not make a commit fail when it cannot be kept', async () => {
    await writeFile(state.seenHeights, 'a file where the folder should be');
    const ledger = shareHeights(committingIn(3), new SeenHeights(state, CHANNEL), 'operator');
    await expect(ledger.submit(request)).resolves.toMatchObject({ blockNumber: 3 });
  });

  it('is waited for by whoever sees less, and by nobody twice', async () => {
    const heights = new SeenHeights(state, CHANNEL);
    await heights.of('merchant')(3);
    const seen = [1, 2, 3];
    const behind = {
      height: () => Promise.resolve(seen.shift() ?? 3),
      evaluate: () => Promise.resolve(seen.length),
    } as unknown as Ledger;
    const ledger = shareHeights(behind, heights, 'operator');
    expect(await ledger.evaluate(request)).toBe(0);
    seen.push(1);
    expect(await ledger.evaluate(request)).toBe(1);
  });
});
