import { addLook, type GatewayLook, type GatewayPicture } from '../picture/gateway-picture.js';
import { defaultThresholds } from '../thresholds.js';
import { gatewayDetectors } from './gateway-detectors.js';

const expected = { gatewayId: 'gateway', genesisHash: 'f'.repeat(64) };
const { gatewaySilentMs, ledgerLag, refusalBurst } = defaultThresholds;
const info = { ...expected, height: 100 };
const look = (at: number, change: Partial<GatewayLook> = {}): GatewayLook => ({
  at,
  info,
  isReady: true,
  refusals: {},
  ledgerHeight: 100,
  ...change,
});
const silent = (at: number): GatewayLook => ({
  at,
  isReady: false,
  refusals: {},
  ledgerHeight: 100,
});

function seen(...looks: GatewayLook[]): GatewayPicture {
  let picture: GatewayPicture | undefined;
  for (const one of looks) picture = addLook(picture, one, ledgerLag.blocks);
  if (picture === undefined) throw new Error('unreachable');
  return picture;
}
const kinds = (picture: GatewayPicture, now: number) =>
  gatewayDetectors
    .flatMap((detect) => detect(picture, expected, { now, thresholds: defaultThresholds }))
    .map(({ kind }) => kind);

describe('a gateway', () => {
  it('that answers and follows raises nothing', () => {
    expect(kinds(seen(look(0), look(1000)), 1000)).toEqual([]);
  });

  it('is unreachable after the time, counted from its first silence', () => {
    const picture = seen(look(0), silent(1000), silent(50_000));
    expect(kinds(picture, 1000 + gatewaySilentMs - 1)).toEqual([]);
    expect(kinds(picture, 1000 + gatewaySilentMs)).toEqual(['gateway-unreachable']);
    expect(kinds(seen(silent(0), look(1)), 1e9)).toEqual([]);
  });

  it('is so too when it says that it does not follow the ledger', () => {
    const picture = seen(look(0, { isReady: false }));
    expect(kinds(picture, gatewaySilentMs)).toEqual(['gateway-unreachable']);
  });

  it('lags when it is behind by that many blocks for that long', () => {
    const behind = (blocks: number) => seen(look(0, { ledgerHeight: info.height + blocks }));
    expect(kinds(behind(ledgerLag.blocks), ledgerLag.forMs)).toEqual(['ledger-lag']);
    expect(kinds(behind(ledgerLag.blocks), ledgerLag.forMs - 1)).toEqual([]);
    expect(kinds(behind(ledgerLag.blocks - 1), ledgerLag.forMs)).toEqual([]);
    const caughtUp = seen(look(0, { ledgerHeight: 1000 }), look(1));
    expect(kinds(caughtUp, 1e9)).toEqual([]);
  });

  it('of which nothing is known for a while does not count as caught up', () => {
    const picture = seen(
      look(0, { ledgerHeight: 1000 }),
      silent(1),
      look(2, { ledgerHeight: 1000 }),
    );
    expect(picture.behindSince).toBe(0);
  });

  it('that is another, or follows another ledger, is named', () => {
    for (const other of [
      { ...info, gatewayId: 'other' },
      { ...info, genesisHash: '0'.repeat(64) },
    ]) {
      expect(kinds(seen(look(0, { info: other })), 0)).toEqual(['gateway-mismatch']);
    }
  });

  it('whose refusals of one code grow by the limit within the time is named', () => {
    const { count, withinMs } = refusalBurst;
    const grown = (by: number) =>
      seen(
        look(0, { refusals: { FORBIDDEN: 7 } }),
        look(1000, { refusals: { FORBIDDEN: 7 + by } }),
      );
    expect(kinds(grown(count), 1000 + withinMs)).toEqual(['refusal-burst']);
    expect(kinds(grown(count), 1001 + withinMs)).toEqual([]);
    expect(kinds(grown(count - 1), 1000)).toEqual([]);
  });

  it('that began anew counts from nothing, and one that was not there before is no news', () => {
    const { count } = refusalBurst;
    const again = seen(
      look(0, { refusals: { FORBIDDEN: 1000 } }),
      look(1, { refusals: { FORBIDDEN: count - 1 } }),
    );
    expect(kinds(again, 1)).toEqual([]);
    expect(kinds(seen(look(0, { refusals: { FORBIDDEN: 1000 } })), 0)).toEqual([]);
  });

  it('cannot fill the memory with codes', () => {
    const flood = (factor: number) =>
      Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`CODE_${index}`, factor]));
    const looks = Array.from({ length: 100 }, (_, index) =>
      look(index, { refusals: flood(index) }),
    );
    expect(seen(...looks).counted.length).toBeLessThanOrEqual(5000);
  });
});
