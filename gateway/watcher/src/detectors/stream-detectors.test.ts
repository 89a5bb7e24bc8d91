import { defaultThresholds } from '../thresholds.js';
import { detectStreamTrouble } from './stream-detectors.js';

const { ledgerSilentMs, streamStalledMs } = defaultThresholds;
const kinds = (picture: Parameters<typeof detectStreamTrouble>[0], now: number) =>
  detectStreamTrouble(picture, { now, thresholds: defaultThresholds }).map(({ kind }) => kind);

describe("the watcher's own way to the ledger", () => {
  it('is in order when nothing is amiss', () => {
    expect(kinds({}, 1e12)).toEqual([]);
  });

  it('is cut when the ledger gives no answer for the time', () => {
    expect(kinds({ silentSince: 5 }, 5 + ledgerSilentMs - 1)).toEqual([]);
    expect(kinds({ silentSince: 5 }, 5 + ledgerSilentMs)).toEqual(['ledger-unreachable']);
  });

  it('stalls when events do not come for the time', () => {
    expect(kinds({ stalledSince: 5 }, 5 + streamStalledMs - 1)).toEqual([]);
    expect(kinds({ stalledSince: 5 }, 5 + streamStalledMs)).toEqual(['event-stream-stalled']);
  });

  it('is not to be trusted from a contradiction on', () => {
    const [found] = detectStreamTrouble(
      { contradiction: 'Block 3 was rewritten.' },
      { now: 0, thresholds: defaultThresholds },
    );
    expect(found).toMatchObject({
      kind: 'ledger-contradiction',
      sentence: 'Block 3 was rewritten.',
    });
  });
});
