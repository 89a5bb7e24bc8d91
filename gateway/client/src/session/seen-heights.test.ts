import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '@veilsum/ledger';
import { rememberCommits, SeenHeights } from './seen-heights.js';
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
    await rememberCommits(committingIn(11), heights.of('operator')).submit(request);
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
    const refuse = () => Promise.reject(new Error('disk full'));
    await expect(rememberCommits(committingIn(3), refuse).submit(request)).resolves.toMatchObject({
      blockNumber: 3,
    });
  });
});
