import type { FollowOptions, LedgerBlock } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';
import { until } from '../../../../test/fakes/gateway/sample-queries.js';
import { LedgerFollower } from './ledger-follower.js';

const blockOf = (number: number): LedgerBlock => ({
  number,
  hash: '',
  previousHash: '',
  transactions: [],
});

/** A ledger of so many blocks, whose stream ends as told. */
function ledgerOf(height: number, end: (stream: number) => Error | 'stay') {
  const begins: number[] = [];
  async function* blocks({ fromBlock, signal }: FollowOptions): AsyncGenerator<LedgerBlock> {
    begins.push(fromBlock);
    for (let number = fromBlock; number < height; number += 1) yield blockOf(number);
    const how = end(begins.length);
    if (how !== 'stay') throw how;
    await new Promise((resolve) => {
      signal?.addEventListener('abort', resolve);
    });
  }
  return { begins, blocks };
}

async function follow(
  ledger: ReturnType<typeof ledgerOf>,
  act: (follower: LedgerFollower) => Promise<void>,
) {
  const seen: number[] = [];
  const follower = new LedgerFollower(ledger, 3, ({ number }) => {
    seen.push(number);
  });
  const stopping = new AbortController();
  const running = follower.run(stopping.signal);
  await act(follower);
  stopping.abort();
  await running;
  return seen;
}

describe('the stream of blocks', () => {
  it('goes on after a cut where it was, without a gap or a double', async () => {
    const cut = new VeilsumError('LEDGER_UNAVAILABLE', 'Away.');
    const ledger = ledgerOf(6, (stream) => (stream === 1 ? cut : 'stay'));
    const seen = await follow(ledger, async (follower) => {
      await until(() => Promise.resolve(ledger.begins.length > 1 ? true : undefined));
      expect([follower.height, follower.contradiction]).toEqual([6, undefined]);
    });
    expect(seen).toEqual([3, 4, 5]);
    expect(ledger.begins).toEqual([3, 6]);
  });

  it('is cut and taken up again when it stands still', async () => {
    const ledger = ledgerOf(4, () => 'stay');
    await follow(ledger, async (follower) => {
      await until(() => Promise.resolve(follower.height === 4 ? true : undefined));
      follower.reconnect();
      await until(() => Promise.resolve(ledger.begins.length > 1 ? true : undefined));
    });
    expect(ledger.begins).toEqual([3, 4]);
  });

  it('ends for good when the ledger contradicts what was seen', async () => {
    const rewritten = new VeilsumError('LEDGER_INTEGRITY', 'Block 3 was rewritten.');
    const ledger = ledgerOf(4, () => rewritten);
    await follow(ledger, async (follower) => {
      await until(() => Promise.resolve(follower.contradiction));
      expect(follower.contradiction).toBe('Block 3 was rewritten.');
      follower.judge(new VeilsumError('LEDGER_INTEGRITY', 'Another.'));
      expect(follower.contradiction).toBe('Block 3 was rewritten.');
    });
    expect(ledger.begins).toEqual([3]);
  });

  it('takes no other failure for a contradiction', () => {
    const follower = new LedgerFollower(
      ledgerOf(0, () => 'stay'),
      0,
      () => undefined,
    );
    follower.judge(new VeilsumError('LEDGER_UNAVAILABLE', 'Away.'));
    follower.judge(new Error('LEDGER_INTEGRITY'));
    expect(follower.contradiction).toBeUndefined();
  });
});
