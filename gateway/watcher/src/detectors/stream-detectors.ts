import type { DetectorContext } from './detector.js';
import { durationWords } from './detector.js';
import type { Finding } from './finding.js';

/** How the watcher gets on with its own view of the ledger. */
export interface StreamPicture {
  /** Since when the ledger has given no answer; undefined when it does. */
  readonly silentSince?: number;
  /** Since when blocks have been there that the stream of events has not brought. */
  readonly stalledSince?: number;
  /** Set once the ledger contradicted what was seen before; nothing is read from it any more. */
  readonly contradiction?: string;
}

/** Looks at the watcher's own way to the ledger. */
export function detectStreamTrouble(
  { silentSince, stalledSince, contradiction }: StreamPicture,
  { now, thresholds }: DetectorContext,
): Finding[] {
  const findings: Finding[] = [];
  const add = (kind: Finding['kind'], sentence: string) => {
    findings.push({ kind, subject: 'ledger:own view', period: 'standing', sentence, concerns: [] });
  };
  if (contradiction !== undefined) add('ledger-contradiction', contradiction);
  if (silentSince !== undefined && now - silentSince >= thresholds.ledgerSilentMs) {
    const since = durationWords(now - silentSince);
    add('ledger-unreachable', `This watcher has not been able to read the ledger for ${since}.`);
  }
  if (stalledSince !== undefined && now - stalledSince >= thresholds.streamStalledMs) {
    const since = durationWords(now - stalledSince);
    add('event-stream-stalled', `The ledger has grown, and its events have not come for ${since}.`);
  }
  return findings;
}
