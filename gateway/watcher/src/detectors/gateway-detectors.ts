import type { GatewayPicture } from '../picture/gateway-picture.js';
import { durationWords, type DetectorContext } from './detector.js';
import type { Finding } from './finding.js';

/** Which gateway is meant, and which ledger. */
export interface ExpectedGateway {
  readonly gatewayId: string;
  readonly genesisHash: string;
}

/** Looks at what the gateway shows of itself. It may lie: nothing here is taken for what the ledger says. */
export type GatewayDetector = (
  picture: GatewayPicture,
  expected: ExpectedGateway,
  context: DetectorContext,
) => Finding[];

const detectSilence: GatewayDetector = ({ last, silentSince }, { gatewayId }, context) => {
  const { now, thresholds } = context;
  if (silentSince === undefined || now - silentSince < thresholds.gatewaySilentMs) return [];
  const what = last.info === undefined ? 'has not answered' : 'has not followed the ledger';
  const sentence = `The gateway ${gatewayId} ${what} for ${durationWords(now - silentSince)}.`;
  return [standing('gateway-unreachable', gatewayId, sentence)];
};

const detectLag: GatewayDetector = ({ last, behindSince }, { gatewayId }, context) => {
  const { now, thresholds } = context;
  const { info, ledgerHeight } = last;
  if (behindSince === undefined || now - behindSince < thresholds.ledgerLag.forMs) return [];
  const blocks = ledgerHeight === undefined || info === undefined ? 0 : ledgerHeight - info.height;
  const sentence = `The gateway ${gatewayId} sees ${blocks} blocks less of the ledger than this watcher, and has been behind for ${durationWords(now - behindSince)}.`;
  return [standing('ledger-lag', gatewayId, sentence)];
};

const detectMismatch: GatewayDetector = ({ last: { info } }, { gatewayId, genesisHash }) => {
  if (info === undefined) return [];
  if (info.gatewayId === gatewayId && info.genesisHash === genesisHash) return [];
  const what =
    info.gatewayId === gatewayId
      ? 'follows another ledger than the one that this watcher knows'
      : 'says that it is another one';
  return [standing('gateway-mismatch', gatewayId, `The gateway ${gatewayId} ${what}.`)];
};

const detectRefusals: GatewayDetector = ({ counted }, { gatewayId }, { now, thresholds }) => {
  const { count, withinMs } = thresholds.refusalBurst;
  const recent = counted.filter(({ at }) => now - at <= withinMs);
  return [...new Set(recent.map(({ code }) => code))].sort().flatMap((code): Finding[] => {
    const size = recent.reduce((sum, one) => sum + (one.code === code ? one.count : 0), 0);
    if (size < count) return [];
    const sentence = `The gateway ${gatewayId} counts ${size} refusals with ${code} within ${durationWords(withinMs)}.`;
    const subject = `source:gateway/code:${code}`;
    return [{ ...standing('refusal-burst', gatewayId, sentence), subject }];
  });
};

/** Everything that is looked for at the gateway. */
export const gatewayDetectors: readonly GatewayDetector[] = [
  detectSilence,
  detectLag,
  detectMismatch,
  detectRefusals,
];

function standing(kind: Finding['kind'], gatewayId: string, sentence: string): Finding {
  return { kind, subject: `gateway:${gatewayId}`, period: 'standing', sentence, concerns: [] };
}
